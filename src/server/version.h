#pragma once

namespace strongroom {
constexpr char kVersion[] = "0.1.0";
}
