#include "store/testing/test_place_copy.h"

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "store/postgres_connection.h"
#include "store/testing/test_engine.h"

namespace strongroom {
namespace {

[[noreturn]] void End(const Status& why) {
  std::fprintf(stderr, "STRONGROOM_TEST_ENGINE: %s\n", why.ToString().c_str());
  std::abort();
}

// `body`: statements for each schema `it` of the place that ends in `end`; its copy is `aside`.
void ForEachSchema(const std::string& schema_begin, const std::string& end, const std::string& body) {
  Result<std::unique_ptr<postgres::Connection>> opened = postgres::Connection::Open(NewTestPlace().conninfo);
  if (!opened.ok()) End(opened.status());
  const Status done = (*opened)
                          ->Run(
                              "SET client_min_messages = warning; DO $do$ DECLARE it text; aside text; t text; seen "
                              "int := 0; BEGIN FOR "
                              "it IN SELECT nspname FROM pg_namespace WHERE starts_with(nspname, '" +
                              schema_begin + "-') AND right(nspname, " + std::to_string(end.size()) + ") = '" + end +
                              "' LOOP seen := seen + 1; aside := 'aside-' || it; " + body +
                              " END LOOP; IF seen < 2 THEN RAISE 'no vault lies there'; END IF; END $do$")
                          .status();
  if (!done.ok()) End(done);
}

}  // namespace

void CopyTestPlace(const std::string& schema_begin) {
  ForEachSchema(schema_begin, "",
                "EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE; CREATE SCHEMA %I', aside, aside); FOR t IN SELECT "
                "tablename FROM pg_tables WHERE schemaname = it LOOP EXECUTE format('CREATE TABLE %I.%I AS TABLE "
                "%I.%I', aside, t, it, t); END LOOP;");
}

void PutBackTestPlace(const std::string& schema_begin, const std::string& side) {
  ForEachSchema(schema_begin, "-" + side,
                "FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = it LOOP EXECUTE format('TRUNCATE %I.%I; "
                "INSERT INTO %I.%I TABLE %I.%I', it, t, it, t, aside, t); END LOOP;");
}

void RemoveTestPlace(const std::string& schema_begin, const std::string& side) {
  ForEachSchema(schema_begin, "-" + side, "EXECUTE format('DROP SCHEMA %I CASCADE', it);");
}

}  // namespace strongroom
