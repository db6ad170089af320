#include "product/load.h"

#include <cstdio>
#include <fstream>

#include "base/clock.h"
#include "product/process.h"

namespace strongroom::bench {
namespace {

// Every script ends so: one line that is read back.  Latencies are in microseconds.
constexpr const char* kReport = R"lua(
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format("bench %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout))
end
)lua";

constexpr const char* kPost = R"lua(
local function post(path, body)
  return "POST " .. path .. " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " .. key ..
    "\r\nContent-Type: application/json\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
end
local function read_codes(file, most)
  local codes = {}
  for line in io.lines(file) do
    codes[#codes + 1] = line
    if #codes == most then break end
  end
  return codes
end
)lua";

// Ten fields, as a shop holds them; distinct for each number.
constexpr const char* kCustomer = R"lua(
local serial = 0
local function customer()
  serial = serial + 1
  local n = base + serial
  return string.format('"values":{"full_name":"Anna %d Lindqvist","email":"anna.%d@example.com","phone":"+4670%07d",' ..
    '"birth_date":"19%02d-%02d-%02d","street":"Storgatan %d","postal_code":"%05d","city":"Stockholm","country":"SE",' ..
    '"customer_since":"20%02d-05-01","loyalty_number":"%016d"}',
    n, n, n % 10000000, 30 + n % 70, 1 + n % 12, 1 + n % 28, n % 999, n % 100000, n % 25, n)
end
)lua";

std::string Head(const Target& target) { return "key = '" + target.key + "'\n" + kPost; }

std::string Number(uint64_t number) { return std::to_string(number); }

}  // namespace

std::string EmptyScript() {
  return R"lua(
local text = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
function request() return text end
)lua";
}

std::string RevealScript(const Target& target, uint64_t working_set) {
  // Up to 200,000 requests are made beforehand, so that the client's cost stays small beside the server's.
  return Head(target) + "local codes = read_codes('" + target.codes_file + "', " + Number(working_set) + ")\n" + R"lua(
local function reveal(code)
  return post("/v1/customers/" .. code .. "/reveal", '{"purpose":"customer-service","fields":["email","phone"]}')
end
local ready = {}
for i = 1, math.min(#codes, 200000) do ready[i] = reveal(codes[i]) end
local all = #codes == #ready
local at = 0
function request()
  at = at + 1
  if all then
    if at > #ready then at = 1 end
    return ready[at]
  end
  return reveal(codes[math.random(#codes)])
end
)lua";
}

Result<std::string> ReadScript(const Target& target, uint64_t working_set, bool signed_in) {
  // What each request adds to its first line: "CODE<tab>headers".
  const std::string file = target.codes_file + (signed_in ? "-session" : "-key");
  std::ifstream codes(target.codes_file);
  std::ofstream out(file, std::ios::trunc);
  const UnixMillis now = SystemClock().NowMillis();
  std::string code;
  for (uint64_t i = 0; i < working_set && std::getline(codes, code); ++i) {
    out << code << '\t';
    if (signed_in) {
      out << "Cookie: __Host-strongroom=" << target.cookie
          << "\\r\\nX-Session-Proof: " << target.proof->MakeProof("GET", "/v1/customers/" + code, now) << '\n';
    } else {
      out << "Authorization: Bearer " << target.staff_key << '\n';
    }
  }
  if (!out.flush()) return Status(Reason::kFileUnreadable, "cannot write " + file);
  return "local ready = {}\nfor line in io.lines('" + file + R"lua(') do
  local code, headers = line:match("^([^\t]+)\t(.*)$")
  headers = headers:gsub("\\r\\n", "\r\n")
  ready[#ready + 1] = "GET /v1/customers/" .. code .. " HTTP/1.1\r\nHost: localhost\r\n" .. headers .. "\r\n\r\n"
end
local at = 0
function request()
  at = at % #ready + 1
  return ready[at]
end
)lua";
}

std::string CreateScript(const Target& target) {
  return "base = os.time() % 100000 * 10000000\n" + Head(target) + kCustomer + R"lua(
function request() return post("/v1/customers", '{"collection_point":"web-signup",' .. customer() .. '}') end
)lua";
}

std::string CreateBatchScript(const Target& target, int size) {
  return "base = os.time() % 100000 * 10000000\n" + Head(target) + kCustomer + "local size = " + Number(size) + R"lua(
function request()
  local items = {}
  for i = 1, size do items[i] = '{' .. customer() .. '}' end
  return post("/v1/customers:batch", '{"collection_point":"web-signup","customers":[' .. table.concat(items, ",") .. ']}')
end
)lua";
}

std::string Ff1Script(const Target& target) {
  return Head(target) + R"lua(
local ready = {}
for i = 1, 64 do
  local values = {}
  for k = 1, 100 do values[k] = string.format('"%08d%08d"', math.random(99999999), math.random(99999999)) end
  ready[i] = post("/v1/token-domains/bench/encrypt", '{"field":"loyalty_number","values":[' .. table.concat(values, ",") .. ']}')
end
local at = 0
function request()
  at = at % #ready + 1
  return ready[at]
end
)lua";
}

std::string TokenScript(const Target& target) {
  return Head(target) + "local codes = read_codes('" + target.codes_file + "', 20000)\n" + R"lua(
local ready = {}
for i = 1, math.floor(#codes / 100) do
  local items = {}
  for k = 1, 100 do
    items[k] = '{"code":"' .. codes[(i - 1) * 100 + k] .. '","field":"email","format":"random"}'
  end
  ready[i] = post("/v1/token-domains/bench/tokens", '{"items":[' .. table.concat(items, ",") .. ']}')
end
local at = 0
function request()
  at = at % #ready + 1
  return ready[at]
end
)lua";
}

Result<LoadResult> RunLoad(const LoadOptions& options) {
  const std::string file = options.scratch_dir + "/load.lua";
  {
    std::ofstream out(file, std::ios::trunc);
    out << options.script << kReport;
    if (!out.flush()) return Status(Reason::kFileUnreadable, "cannot write " + file);
  }
  ASSIGN_OR_RETURN(Process wrk, Process::Spawn({"wrk", "-t1", "-c" + std::to_string(options.connections),
                                                "-d" + std::to_string(options.seconds) + "s", "--timeout", "10s", "-s",
                                                file, options.url}));
  ASSIGN_OR_RETURN(const std::string output, wrk.Finish());
  const size_t at = output.find("bench ");
  unsigned long long requests = 0, micros = 0, p50 = 0, p99 = 0, failures = 0;
  if (at == std::string::npos || std::sscanf(output.c_str() + at, "bench %llu %llu %llu %llu %llu", &requests, &micros,
                                             &p50, &p99, &failures) != 5) {
    return Status(Reason::kInternal, "wrk said something else: " + output);
  }
  LoadResult result;
  result.requests = requests;
  result.failures = failures;
  result.requests_per_second = static_cast<double>(requests) * 1e6 / static_cast<double>(micros == 0 ? 1 : micros);
  result.p50_millis = static_cast<double>(p50) / 1e3;
  result.p99_millis = static_cast<double>(p99) / 1e3;
  return result;
}

}  // namespace strongroom::bench
