#include "product/load.h"

#include <cstdio>
#include <fstream>
#include <sstream>

#include "base/clock.h"
#include "product/process.h"

namespace strongroom::bench {
namespace {

// Every script ends so: one line that is read back.  Latencies are in microseconds.  What a script has to say besides
// it keeps in `wrong` (answers that are failures without looking like it) and in `notes`.
constexpr const char* kReport = R"lua(
local thread_of_load
function setup(thread) thread_of_load = thread end
function done(summary, latency, requests)
  local e = summary.errors
  local wrong = thread_of_load:get("wrong") or 0
  io.write(string.format("bench %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50),
    latency:percentile(99), e.connect + e.read + e.write + e.status + e.timeout + wrong))
  if e.connect + e.read + e.write + e.timeout > 0 then
    io.write(string.format("note connect %d, read %d, write %d, late %d\n", e.connect, e.read, e.write, e.timeout))
  end
  for line in (thread_of_load:get("notes") or ""):gmatch("[^\n]+") do io.write("note " .. line .. "\n") end
end
)lua";

// So many requests a second, whatever the answers take: each is due at a moment of its own, and wrk waits for it.
// After a halt of more than a tenth of a second what was missed is left out, not made up for.
constexpr const char* kPace = R"lua(
local ffi = require("ffi")
ffi.cdef("typedef struct { long seconds; long nanos; } bench_time; int clock_gettime(int, bench_time*);")
local time = ffi.new("bench_time")
local due
function delay()
  ffi.C.clock_gettime(1, time)
  local now = tonumber(time.seconds) * 1e3 + tonumber(time.nanos) / 1e6
  if not due or due < now - 100 then due = now end
  due = due + interval_millis
  return math.max(0, math.floor(due - now))
end
)lua";

constexpr const char* kPost = R"lua(
local function post(path, body)
  return "POST " .. path .. " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " .. key ..
    "\r\nContent-Type: application/json\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
end
local function read_codes(file, most, skip)
  local codes, at = {}, 0
  for line in io.lines(file) do
    at = at + 1
    if at > (skip or 0) then codes[#codes + 1] = line end
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

std::string RevealScript(const Target& target, uint64_t working_set, uint64_t skip) {
  // Up to 200,000 requests are made beforehand, so that the client's cost stays small beside the server's.
  return Head(target) + "local codes = read_codes('" + target.codes_file + "', " + Number(working_set) + ", " +
         Number(skip) + ")\n" + R"lua(
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

std::string SearchScript(const Target& target, uint64_t customers) {
  return Head(target) + "local customers = " + Number(customers) + R"lua(
math.randomseed(os.time())
wrong = 0
function request()
  return post("/v1/customers:search", string.format('{"field":"email","value":"anna.%d@example.com"}',
    math.random(0, customers - 1)))
end
function response(status, headers, body)
  if status == 200 and not body:find('"code"', 1, true) then wrong = wrong + 1 end
end
)lua";
}

std::string MixedScript(const Target& target, uint64_t customers) {
  return "base = os.time() % 100000 * 10000000\n" + Head(target) + kCustomer + "local officer = '" +
         target.officer_key + "'\nlocal customers = " + Number(customers) + "\nlocal codes = read_codes('" +
         target.codes_file + "', 200000)\n" + R"lua(
math.randomseed(os.time())
local function code_of_any() return codes[math.random(#codes)] end
-- Writers go through halves of their own, one after the other, so that no two meet at a customer.
local half = math.floor(#codes / 2)
local changed, tokened = 0, 0
local created = {}
local first, last = 1, 0
wrong = 0
notes = ""
local asked = {reveal = 0, search = 0, create = 0, change = 0, token = 0, erase = 0}
local statuses = {}
local ask = {}
function ask.reveal()
  return post("/v1/customers/" .. code_of_any() .. "/reveal", '{"purpose":"customer-service","fields":["email","phone"]}')
end
function ask.search()
  return post("/v1/customers:search", string.format('{"field":"email","value":"anna.%d@example.com"}',
    math.random(0, customers - 1)))
end
function ask.create()
  return post("/v1/customers", '{"collection_point":"web-signup",' .. customer() .. '}')
end
function ask.change()
  changed = changed % half + 1
  local body = string.format('{"collection_point":"web-signup","set":{"street":"Kungsgatan %d"}}', math.random(9999))
  return "PATCH /v1/customers/" .. codes[changed] .. " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " .. key ..
    "\r\nIf-Match: *\r\nContent-Type: application/json\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
end
function ask.token()
  tokened = tokened % half + 1
  return post("/v1/token-domains/bench/tokens",
    '{"items":[{"code":"' .. codes[half + tokened] .. '","field":"email","format":"random"}]}')
end
function ask.erase()
  local code = created[first]
  created[first] = nil
  first = first + 1
  return "DELETE /v1/customers/" .. code .. " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " .. officer ..
    "\r\n\r\n"
end
local deck = {}
for kind, cards in pairs({reveal = 50, search = 20, create = 8, change = 8, token = 6, erase = 8}) do
  for i = 1, cards do deck[#deck + 1] = kind end
end
function request()
  local kind = deck[math.random(#deck)]
  if kind == "erase" and first > last then kind = "create" end
  asked[kind] = asked[kind] + 1
  return ask[kind]()
end
local function tell()
  local parts = {}
  for kind, times in pairs(asked) do parts[#parts + 1] = kind .. " " .. times end
  table.sort(parts)
  local lines = {"asked: " .. table.concat(parts, ", ")}
  for status, seen in pairs(statuses) do lines[#lines + 1] = "answer " .. status .. ": " .. seen.times .. ", such as " .. seen.body end
  notes = table.concat(lines, "\n")
end
local answers = 0
function response(status, headers, body)
  answers = answers + 1
  if status >= 300 then
    local seen = statuses[status]
    if not seen then
      seen = {times = 0, body = body:gsub("%s+", " "):sub(1, 200)}
      statuses[status] = seen
    end
    seen.times = seen.times + 1
  elseif status == 201 or body:find('"created":true', 1, true) then
    local code = body:match('"code":"([^"]+)"')
    if code then
      last = last + 1
      created[last] = code
    end
  elseif body:find('"customers":[]', 1, true) or body:find('"results":[{"p', 1, true) then
    wrong = wrong + 1  -- nobody found, or no token
  end
  if answers % 1000 == 0 or status >= 300 then tell() end
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
    out << options.script;
    if (options.rate > 0) out << "local interval_millis = " << 1e3 / options.rate << "\n" << kPace;
    out << kReport;
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
  std::istringstream lines(output.substr(at));
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("note ")) result.notes.push_back(line.substr(5));
  }
  return result;
}

}  // namespace strongroom::bench
