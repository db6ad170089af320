// Values of fields as they are typed ("name=Ada", "email=-") and as they are shown.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/json_writer.h"
#include "cli/session.h"

namespace strongroom {

using FieldValues = std::map<std::string, std::vector<std::string>>;

// "field=value" each; "field=-" or "field" alone asks for the value or reads a line.  A field named twice has two
// values. kInvalidArgument for a field without a name.
Result<FieldValues> ReadFieldValues(Session& session, const std::vector<std::string>& assignments);
// {"field": value or [values]}
void AppendFieldValues(JsonWriter& json, const FieldValues& values);

// "values" of a masked answer: field, value, and whether it is hidden; one row a value.
std::string MaskedValuesTable(const JsonValue& values);
// "values" of a plain answer.
std::string PlainValuesTable(const JsonValue& values);
// One line per customer of a list or a search: code, compartment, and the first values.
std::string CustomersTable(const JsonValue& customers);

}  // namespace strongroom
