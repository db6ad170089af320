#include "pdf/glyph_names.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>

namespace strongroom::pdf {
namespace {

// ISO 32000-1 annex D: the Latin character sets and their encodings, as Unicode.
// clang-format off
constexpr char16_t kStandard[256] = {
    0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000,
    0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000,
    0x0020, 0x0021, 0x0022, 0x0023, 0x0024, 0x0025, 0x0026, 0x2019, 0x0028, 0x0029, 0x002A, 0x002B, 0x002C, 0x002D, 0x002E, 0x002F,
    0x0030, 0x0031, 0x0032, 0x0033, 0x0034, 0x0035, 0x0036, 0x0037, 0x0038, 0x0039, 0x003A, 0x003B, 0x003C, 0x003D, 0x003E, 0x003F,
    0x0040, 0x0041, 0x0042, 0x0043, 0x0044, 0x0045, 0x0046, 0x0047, 0x0048, 0x0049, 0x004A, 0x004B, 0x004C, 0x004D, 0x004E, 0x004F,
    0x0050, 0x0051, 0x0052, 0x0053, 0x0054, 0x0055, 0x0056, 0x0057, 0x0058, 0x0059, 0x005A, 0x005B, 0x005C, 0x005D, 0x005E, 0x005F,
    0x2018, 0x0061, 0x0062, 0x0063, 0x0064, 0x0065, 0x0066, 0x0067, 0x0068, 0x0069, 0x006A, 0x006B, 0x006C, 0x006D, 0x006E, 0x006F,
    0x0070, 0x0071, 0x0072, 0x0073, 0x0074, 0x0075, 0x0076, 0x0077, 0x0078, 0x0079, 0x007A, 0x007B, 0x007C, 0x007D, 0x007E, 0x0000,
    0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000,
    0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000,
    0x0000, 0x00A1, 0x00A2, 0x00A3, 0x2044, 0x00A5, 0x0192, 0x00A7, 0x00A4, 0x0027, 0x201C, 0x00AB, 0x2039, 0x203A, 0xFB01, 0xFB02,
    0x0000, 0x2013, 0x2020, 0x2021, 0x00B7, 0x0000, 0x00B6, 0x2022, 0x201A, 0x201E, 0x201D, 0x00BB, 0x2026, 0x2030, 0x0000, 0x00BF,
    0x0000, 0x0060, 0x00B4, 0x02C6, 0x02DC, 0x00AF, 0x02D8, 0x02D9, 0x00A8, 0x0000, 0x02DA, 0x00B8, 0x0000, 0x02DD, 0x02DB, 0x02C7,
    0x2014, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000,
    0x0000, 0x00C6, 0x0000, 0x00AA, 0x0000, 0x0000, 0x0000, 0x0000, 0x0141, 0x00D8, 0x0152, 0x00BA, 0x0000, 0x0000, 0x0000, 0x0000,
    0x0000, 0x00E6, 0x0000, 0x0000, 0x0000, 0x0131, 0x0000, 0x0000, 0x0142, 0x00F8, 0x0153, 0x00DF, 0x0000, 0x0000, 0x0000, 0x0000};
constexpr char16_t kWinAnsi[256] = {
    0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000,
    0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000,
    0x0020, 0x0021, 0x0022, 0x0023, 0x0024, 0x0025, 0x0026, 0x0027, 0x0028, 0x0029, 0x002A, 0x002B, 0x002C, 0x002D, 0x002E, 0x002F,
    0x0030, 0x0031, 0x0032, 0x0033, 0x0034, 0x0035, 0x0036, 0x0037, 0x0038, 0x0039, 0x003A, 0x003B, 0x003C, 0x003D, 0x003E, 0x003F,
    0x0040, 0x0041, 0x0042, 0x0043, 0x0044, 0x0045, 0x0046, 0x0047, 0x0048, 0x0049, 0x004A, 0x004B, 0x004C, 0x004D, 0x004E, 0x004F,
    0x0050, 0x0051, 0x0052, 0x0053, 0x0054, 0x0055, 0x0056, 0x0057, 0x0058, 0x0059, 0x005A, 0x005B, 0x005C, 0x005D, 0x005E, 0x005F,
    0x0060, 0x0061, 0x0062, 0x0063, 0x0064, 0x0065, 0x0066, 0x0067, 0x0068, 0x0069, 0x006A, 0x006B, 0x006C, 0x006D, 0x006E, 0x006F,
    0x0070, 0x0071, 0x0072, 0x0073, 0x0074, 0x0075, 0x0076, 0x0077, 0x0078, 0x0079, 0x007A, 0x007B, 0x007C, 0x007D, 0x007E, 0x2022,
    0x20AC, 0x2022, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x2022, 0x017D, 0x2022,
    0x2022, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x2022, 0x017E, 0x0178,
    0x0020, 0x00A1, 0x00A2, 0x00A3, 0x00A4, 0x00A5, 0x00A6, 0x00A7, 0x00A8, 0x00A9, 0x00AA, 0x00AB, 0x00AC, 0x002D, 0x00AE, 0x00AF,
    0x00B0, 0x00B1, 0x00B2, 0x00B3, 0x00B4, 0x00B5, 0x00B6, 0x00B7, 0x00B8, 0x00B9, 0x00BA, 0x00BB, 0x00BC, 0x00BD, 0x00BE, 0x00BF,
    0x00C0, 0x00C1, 0x00C2, 0x00C3, 0x00C4, 0x00C5, 0x00C6, 0x00C7, 0x00C8, 0x00C9, 0x00CA, 0x00CB, 0x00CC, 0x00CD, 0x00CE, 0x00CF,
    0x00D0, 0x00D1, 0x00D2, 0x00D3, 0x00D4, 0x00D5, 0x00D6, 0x00D7, 0x00D8, 0x00D9, 0x00DA, 0x00DB, 0x00DC, 0x00DD, 0x00DE, 0x00DF,
    0x00E0, 0x00E1, 0x00E2, 0x00E3, 0x00E4, 0x00E5, 0x00E6, 0x00E7, 0x00E8, 0x00E9, 0x00EA, 0x00EB, 0x00EC, 0x00ED, 0x00EE, 0x00EF,
    0x00F0, 0x00F1, 0x00F2, 0x00F3, 0x00F4, 0x00F5, 0x00F6, 0x00F7, 0x00F8, 0x00F9, 0x00FA, 0x00FB, 0x00FC, 0x00FD, 0x00FE, 0x00FF};
constexpr char16_t kMacRoman[256] = {
    0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000,
    0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000,
    0x0020, 0x0021, 0x0022, 0x0023, 0x0024, 0x0025, 0x0026, 0x0027, 0x0028, 0x0029, 0x002A, 0x002B, 0x002C, 0x002D, 0x002E, 0x002F,
    0x0030, 0x0031, 0x0032, 0x0033, 0x0034, 0x0035, 0x0036, 0x0037, 0x0038, 0x0039, 0x003A, 0x003B, 0x003C, 0x003D, 0x003E, 0x003F,
    0x0040, 0x0041, 0x0042, 0x0043, 0x0044, 0x0045, 0x0046, 0x0047, 0x0048, 0x0049, 0x004A, 0x004B, 0x004C, 0x004D, 0x004E, 0x004F,
    0x0050, 0x0051, 0x0052, 0x0053, 0x0054, 0x0055, 0x0056, 0x0057, 0x0058, 0x0059, 0x005A, 0x005B, 0x005C, 0x005D, 0x005E, 0x005F,
    0x0060, 0x0061, 0x0062, 0x0063, 0x0064, 0x0065, 0x0066, 0x0067, 0x0068, 0x0069, 0x006A, 0x006B, 0x006C, 0x006D, 0x006E, 0x006F,
    0x0070, 0x0071, 0x0072, 0x0073, 0x0074, 0x0075, 0x0076, 0x0077, 0x0078, 0x0079, 0x007A, 0x007B, 0x007C, 0x007D, 0x007E, 0x0000,
    0x00C4, 0x00C5, 0x00C7, 0x00C9, 0x00D1, 0x00D6, 0x00DC, 0x00E1, 0x00E0, 0x00E2, 0x00E4, 0x00E3, 0x00E5, 0x00E7, 0x00E9, 0x00E8,
    0x00EA, 0x00EB, 0x00ED, 0x00EC, 0x00EE, 0x00EF, 0x00F1, 0x00F3, 0x00F2, 0x00F4, 0x00F6, 0x00F5, 0x00FA, 0x00F9, 0x00FB, 0x00FC,
    0x2020, 0x00B0, 0x00A2, 0x00A3, 0x00A7, 0x2022, 0x00B6, 0x00DF, 0x00AE, 0x00A9, 0x2122, 0x00B4, 0x00A8, 0x2260, 0x00C6, 0x00D8,
    0x221E, 0x00B1, 0x2264, 0x2265, 0x00A5, 0x00B5, 0x2202, 0x2211, 0x220F, 0x03C0, 0x222B, 0x00AA, 0x00BA, 0x03A9, 0x00E6, 0x00F8,
    0x00BF, 0x00A1, 0x00AC, 0x221A, 0x0192, 0x2248, 0x2206, 0x00AB, 0x00BB, 0x2026, 0x0020, 0x00C0, 0x00C3, 0x00D5, 0x0152, 0x0153,
    0x2013, 0x2014, 0x201C, 0x201D, 0x2018, 0x2019, 0x00F7, 0x25CA, 0x00FF, 0x0178, 0x2044, 0x20AC, 0x2039, 0x203A, 0xFB01, 0xFB02,
    0x2021, 0x00B7, 0x201A, 0x201E, 0x2030, 0x00C2, 0x00CA, 0x00C1, 0x00CB, 0x00C8, 0x00CD, 0x00CE, 0x00CF, 0x00CC, 0x00D3, 0x00D4,
    0xF8FF, 0x00D2, 0x00DA, 0x00DB, 0x00D9, 0x0131, 0x02C6, 0x02DC, 0x00AF, 0x02D8, 0x02D9, 0x02DA, 0x00B8, 0x02DD, 0x02DB, 0x02C7};
constexpr char16_t kPdfDoc[256] = {
    0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000,
    0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x0000, 0x02D8, 0x02C7, 0x02C6, 0x02D9, 0x02DD, 0x02DB, 0x02DA, 0x02DC,
    0x0020, 0x0021, 0x0022, 0x0023, 0x0024, 0x0025, 0x0026, 0x0027, 0x0028, 0x0029, 0x002A, 0x002B, 0x002C, 0x002D, 0x002E, 0x002F,
    0x0030, 0x0031, 0x0032, 0x0033, 0x0034, 0x0035, 0x0036, 0x0037, 0x0038, 0x0039, 0x003A, 0x003B, 0x003C, 0x003D, 0x003E, 0x003F,
    0x0040, 0x0041, 0x0042, 0x0043, 0x0044, 0x0045, 0x0046, 0x0047, 0x0048, 0x0049, 0x004A, 0x004B, 0x004C, 0x004D, 0x004E, 0x004F,
    0x0050, 0x0051, 0x0052, 0x0053, 0x0054, 0x0055, 0x0056, 0x0057, 0x0058, 0x0059, 0x005A, 0x005B, 0x005C, 0x005D, 0x005E, 0x005F,
    0x0060, 0x0061, 0x0062, 0x0063, 0x0064, 0x0065, 0x0066, 0x0067, 0x0068, 0x0069, 0x006A, 0x006B, 0x006C, 0x006D, 0x006E, 0x006F,
    0x0070, 0x0071, 0x0072, 0x0073, 0x0074, 0x0075, 0x0076, 0x0077, 0x0078, 0x0079, 0x007A, 0x007B, 0x007C, 0x007D, 0x007E, 0x007F,
    0x2022, 0x2020, 0x2021, 0x2026, 0x2014, 0x2013, 0x0192, 0x2044, 0x2039, 0x203A, 0x2212, 0x2030, 0x201E, 0x201C, 0x201D, 0x2018,
    0x2019, 0x201A, 0x2122, 0xFB01, 0xFB02, 0x0141, 0x0152, 0x0160, 0x0178, 0x017D, 0x0131, 0x0142, 0x0153, 0x0161, 0x017E, 0x0000,
    0x20AC, 0x00A1, 0x00A2, 0x00A3, 0x00A4, 0x00A5, 0x00A6, 0x00A7, 0x00A8, 0x00A9, 0x00AA, 0x00AB, 0x00AC, 0x00AD, 0x00AE, 0x00AF,
    0x00B0, 0x00B1, 0x00B2, 0x00B3, 0x00B4, 0x00B5, 0x00B6, 0x00B7, 0x00B8, 0x00B9, 0x00BA, 0x00BB, 0x00BC, 0x00BD, 0x00BE, 0x00BF,
    0x00C0, 0x00C1, 0x00C2, 0x00C3, 0x00C4, 0x00C5, 0x00C6, 0x00C7, 0x00C8, 0x00C9, 0x00CA, 0x00CB, 0x00CC, 0x00CD, 0x00CE, 0x00CF,
    0x00D0, 0x00D1, 0x00D2, 0x00D3, 0x00D4, 0x00D5, 0x00D6, 0x00D7, 0x00D8, 0x00D9, 0x00DA, 0x00DB, 0x00DC, 0x00DD, 0x00DE, 0x00DF,
    0x00E0, 0x00E1, 0x00E2, 0x00E3, 0x00E4, 0x00E5, 0x00E6, 0x00E7, 0x00E8, 0x00E9, 0x00EA, 0x00EB, 0x00EC, 0x00ED, 0x00EE, 0x00EF,
    0x00F0, 0x00F1, 0x00F2, 0x00F3, 0x00F4, 0x00F5, 0x00F6, 0x00F7, 0x00F8, 0x00F9, 0x00FA, 0x00FB, 0x00FC, 0x00FD, 0x00FE, 0x00FF};

// Names of the Adobe Glyph List 2.0 for Latin, Greek, Cyrillic, punctuation and signs: "name=hex " each.
constexpr std::string_view kNames =
    "A=41 AE=C6 AEacute=1FC AEmacron=1E2 Aacute=C1 Abreve=102 Abreveacute=1EAE Abrevecyrillic=4D0 "
    "Abrevedotbelow=1EB6 Abrevegrave=1EB0 Abrevehookabove=1EB2 Abrevetilde=1EB4 Acaron=1CD Acircumflex=C2 "
    "Acircumflexacute=1EA4 Acircumflexdotbelow=1EAC Acircumflexgrave=1EA6 Acircumflexhookabove=1EA8 "
    "Acircumflextilde=1EAA Acyrillic=410 Adblgrave=200 Adieresis=C4 Adieresiscyrillic=4D2 Adieresismacron=1DE "
    "Adotbelow=1EA0 Adotmacron=1E0 Agrave=C0 Ahookabove=1EA2 Aiecyrillic=4D4 Ainvertedbreve=202 Alpha=391 "
    "Alphatonos=386 Amacron=100 Aogonek=104 Aring=C5 Aringacute=1FA Aringbelow=1E00 Atilde=C3 B=42 Bdotaccent=1E02 "
    "Bdotbelow=1E04 Becyrillic=411 Beta=392 Bhook=181 Blinebelow=1E06 Btopbar=182 C=43 Cacute=106 Ccaron=10C "
    "Ccedilla=C7 Ccedillaacute=1E08 Ccircumflex=108 Cdot=10A Cdotaccent=10A Cheabkhasiancyrillic=4BC "
    "Checyrillic=427 Chedescenderabkhasiancyrillic=4BE Chedescendercyrillic=4B6 Chedieresiscyrillic=4F4 "
    "Chekhakassiancyrillic=4CB Cheverticalstrokecyrillic=4B8 Chi=3A7 Chook=187 D=44 DZ=1F1 DZcaron=1C4 "
    "Dafrican=189 Dcaron=10E Dcedilla=1E10 Dcircumflexbelow=1E12 Dcroat=110 Ddotaccent=1E0A Ddotbelow=1E0C "
    "Decyrillic=414 Deicoptic=3EE Delta=2206 Deltagreek=394 Dhook=18A Digammagreek=3DC Djecyrillic=402 "
    "Dlinebelow=1E0E Dslash=110 Dtopbar=18B Dz=1F2 Dzcaron=1C5 Dzeabkhasiancyrillic=4E0 Dzecyrillic=405 "
    "Dzhecyrillic=40F E=45 Eacute=C9 Ebreve=114 Ecaron=11A Ecedillabreve=1E1C Ecircumflex=CA Ecircumflexacute=1EBE "
    "Ecircumflexbelow=1E18 Ecircumflexdotbelow=1EC6 Ecircumflexgrave=1EC0 Ecircumflexhookabove=1EC2 "
    "Ecircumflextilde=1EC4 Ecyrillic=404 Edblgrave=204 Edieresis=CB Edot=116 Edotaccent=116 Edotbelow=1EB8 "
    "Efcyrillic=424 Egrave=C8 Ehookabove=1EBA Eightroman=2167 Einvertedbreve=206 Eiotifiedcyrillic=464 "
    "Elcyrillic=41B Elevenroman=216A Emacron=112 Emacronacute=1E16 Emacrongrave=1E14 Emcyrillic=41C Encyrillic=41D "
    "Endescendercyrillic=4A2 Eng=14A Enghecyrillic=4A4 Enhookcyrillic=4C7 Eogonek=118 Eopen=190 Epsilon=395 "
    "Epsilontonos=388 Ercyrillic=420 Ereversed=18E Ereversedcyrillic=42D Escyrillic=421 Esdescendercyrillic=4AA "
    "Esh=1A9 Eta=397 Etatonos=389 Eth=D0 Etilde=1EBC Etildebelow=1E1A Euro=20AC Ezh=1B7 Ezhcaron=1EE "
    "Ezhreversed=1B8 F=46 Fdotaccent=1E1E Feicoptic=3E4 Fhook=191 Fitacyrillic=472 Fiveroman=2164 Fourroman=2163 "
    "G=47 Gacute=1F4 Gamma=393 Gammaafrican=194 Gangiacoptic=3EA Gbreve=11E Gcaron=1E6 Gcedilla=122 "
    "Gcircumflex=11C Gcommaaccent=122 Gdot=120 Gdotaccent=120 Gecyrillic=413 Ghemiddlehookcyrillic=494 "
    "Ghestrokecyrillic=492 Gheupturncyrillic=490 Ghook=193 Gjecyrillic=403 Gmacron=1E20 Gstroke=1E4 H=48 "
    "Haabkhasiancyrillic=4A8 Hadescendercyrillic=4B2 Hardsigncyrillic=42A Hbar=126 Hbrevebelow=1E2A Hcedilla=1E28 "
    "Hcircumflex=124 Hdieresis=1E26 Hdotaccent=1E22 Hdotbelow=1E24 Horicoptic=3E8 I=49 IAcyrillic=42F IJ=132 "
    "IUcyrillic=42E Iacute=CD Ibreve=12C Icaron=1CF Icircumflex=CE Icyrillic=406 Idblgrave=208 Idieresis=CF "
    "Idieresisacute=1E2E Idieresiscyrillic=4E4 Idot=130 Idotaccent=130 Idotbelow=1ECA Iebrevecyrillic=4D6 "
    "Iecyrillic=415 Ifraktur=2111 Igrave=CC Ihookabove=1EC8 Iicyrillic=418 Iinvertedbreve=20A Iishortcyrillic=419 "
    "Imacron=12A Imacroncyrillic=4E2 Iocyrillic=401 Iogonek=12E Iota=399 Iotaafrican=196 Iotadieresis=3AA "
    "Iotatonos=38A Istroke=197 Itilde=128 Itildebelow=1E2C Izhitsacyrillic=474 Izhitsadblgravecyrillic=476 J=4A "
    "Jcircumflex=134 Jecyrillic=408 K=4B Kabashkircyrillic=4A0 Kacute=1E30 Kacyrillic=41A Kadescendercyrillic=49A "
    "Kahookcyrillic=4C3 Kappa=39A Kastrokecyrillic=49E Kaverticalstrokecyrillic=49C Kcaron=1E8 Kcedilla=136 "
    "Kcommaaccent=136 Kdotbelow=1E32 Khacyrillic=425 Kheicoptic=3E6 Khook=198 Kjecyrillic=40C Klinebelow=1E34 "
    "Koppacyrillic=480 Koppagreek=3DE Ksicyrillic=46E L=4C LJ=1C7 Lacute=139 Lambda=39B Lcaron=13D Lcedilla=13B "
    "Lcircumflexbelow=1E3C Lcommaaccent=13B Ldot=13F Ldotaccent=13F Ldotbelow=1E36 Ldotbelowmacron=1E38 Lj=1C8 "
    "Ljecyrillic=409 Llinebelow=1E3A Lslash=141 M=4D Macute=1E3E Mdotaccent=1E40 Mdotbelow=1E42 Mturned=19C Mu=39C "
    "N=4E NJ=1CA Nacute=143 Ncaron=147 Ncedilla=145 Ncircumflexbelow=1E4A Ncommaaccent=145 Ndotaccent=1E44 "
    "Ndotbelow=1E46 Nhookleft=19D Nineroman=2168 Nj=1CB Njecyrillic=40A Nlinebelow=1E48 Ntilde=D1 Nu=39D O=4F "
    "OE=152 Oacute=D3 Obarredcyrillic=4E8 Obarreddieresiscyrillic=4EA Obreve=14E Ocaron=1D1 Ocenteredtilde=19F "
    "Ocircumflex=D4 Ocircumflexacute=1ED0 Ocircumflexdotbelow=1ED8 Ocircumflexgrave=1ED2 Ocircumflexhookabove=1ED4 "
    "Ocircumflextilde=1ED6 Ocyrillic=41E Odblacute=150 Odblgrave=20C Odieresis=D6 Odieresiscyrillic=4E6 "
    "Odotbelow=1ECC Ograve=D2 Ohm=2126 Ohookabove=1ECE Ohorn=1A0 Ohornacute=1EDA Ohorndotbelow=1EE2 "
    "Ohorngrave=1EDC Ohornhookabove=1EDE Ohorntilde=1EE0 Ohungarumlaut=150 Oi=1A2 Oinvertedbreve=20E Omacron=14C "
    "Omacronacute=1E52 Omacrongrave=1E50 Omega=2126 Omegacyrillic=460 Omegagreek=3A9 Omegaroundcyrillic=47A "
    "Omegatitlocyrillic=47C Omegatonos=38F Omicron=39F Omicrontonos=38C Oneroman=2160 Oogonek=1EA "
    "Oogonekmacron=1EC Oopen=186 Oslash=D8 Oslashacute=1FE Ostrokeacute=1FE Otcyrillic=47E Otilde=D5 "
    "Otildeacute=1E4C Otildedieresis=1E4E P=50 Pacute=1E54 Pdotaccent=1E56 Pecyrillic=41F Pemiddlehookcyrillic=4A6 "
    "Phi=3A6 Phook=1A4 Pi=3A0 Psi=3A8 Psicyrillic=470 Q=51 R=52 Racute=154 Rcaron=158 Rcedilla=156 "
    "Rcommaaccent=156 Rdblgrave=210 Rdotaccent=1E58 Rdotbelow=1E5A Rdotbelowmacron=1E5C Rfraktur=211C Rho=3A1 "
    "Rinvertedbreve=212 Rlinebelow=1E5E S=53 Sacute=15A Sacutedotaccent=1E64 Sampigreek=3E0 Scaron=160 "
    "Scarondotaccent=1E66 Scedilla=15E Schwa=18F Schwacyrillic=4D8 Schwadieresiscyrillic=4DA Scircumflex=15C "
    "Scommaaccent=218 Sdotaccent=1E60 Sdotbelow=1E62 Sdotbelowdotaccent=1E68 Sevenroman=2166 Shacyrillic=428 "
    "Shchacyrillic=429 Sheicoptic=3E2 Shhacyrillic=4BA Shimacoptic=3EC Sigma=3A3 Sixroman=2165 "
    "Softsigncyrillic=42C Stigmagreek=3DA T=54 Tau=3A4 Tbar=166 Tcaron=164 Tcedilla=162 Tcircumflexbelow=1E70 "
    "Tcommaaccent=162 Tdotaccent=1E6A Tdotbelow=1E6C Tecyrillic=422 Tedescendercyrillic=4AC Tenroman=2169 "
    "Tetsecyrillic=4B4 Theta=398 Thook=1AC Thorn=DE Threeroman=2162 Tlinebelow=1E6E Tonefive=1BC Tonesix=184 "
    "Tonetwo=1A7 Tretroflexhook=1AE Tsecyrillic=426 Tshecyrillic=40B Twelveroman=216B Tworoman=2161 U=55 Uacute=DA "
    "Ubreve=16C Ucaron=1D3 Ucircumflex=DB Ucircumflexbelow=1E76 Ucyrillic=423 Udblacute=170 Udblgrave=214 "
    "Udieresis=DC Udieresisacute=1D7 Udieresisbelow=1E72 Udieresiscaron=1D9 Udieresiscyrillic=4F0 "
    "Udieresisgrave=1DB Udieresismacron=1D5 Udotbelow=1EE4 Ugrave=D9 Uhookabove=1EE6 Uhorn=1AF Uhornacute=1EE8 "
    "Uhorndotbelow=1EF0 Uhorngrave=1EEA Uhornhookabove=1EEC Uhorntilde=1EEE Uhungarumlaut=170 "
    "Uhungarumlautcyrillic=4F2 Uinvertedbreve=216 Ukcyrillic=478 Umacron=16A Umacroncyrillic=4EE "
    "Umacrondieresis=1E7A Uogonek=172 Upsilon=3A5 Upsilon1=3D2 Upsilonacutehooksymbolgreek=3D3 Upsilonafrican=1B1 "
    "Upsilondieresis=3AB Upsilondieresishooksymbolgreek=3D4 Upsilonhooksymbol=3D2 Upsilontonos=38E Uring=16E "
    "Ushortcyrillic=40E Ustraightcyrillic=4AE Ustraightstrokecyrillic=4B0 Utilde=168 Utildeacute=1E78 "
    "Utildebelow=1E74 V=56 Vdotbelow=1E7E Vecyrillic=412 Vhook=1B2 Vtilde=1E7C W=57 Wacute=1E82 Wcircumflex=174 "
    "Wdieresis=1E84 Wdotaccent=1E86 Wdotbelow=1E88 Wgrave=1E80 X=58 Xdieresis=1E8C Xdotaccent=1E8A Xi=39E Y=59 "
    "Yacute=DD Yatcyrillic=462 Ycircumflex=176 Ydieresis=178 Ydotaccent=1E8E Ydotbelow=1EF4 Yericyrillic=42B "
    "Yerudieresiscyrillic=4F8 Ygrave=1EF2 Yhook=1B3 Yhookabove=1EF6 Yicyrillic=407 Ytilde=1EF8 Yusbigcyrillic=46A "
    "Yusbigiotifiedcyrillic=46C Yuslittlecyrillic=466 Yuslittleiotifiedcyrillic=468 Z=5A Zacute=179 Zcaron=17D "
    "Zcircumflex=1E90 Zdot=17B Zdotaccent=17B Zdotbelow=1E92 Zecyrillic=417 Zedescendercyrillic=498 "
    "Zedieresiscyrillic=4DE Zeta=396 Zhebrevecyrillic=4C1 Zhecyrillic=416 Zhedescendercyrillic=496 "
    "Zhedieresiscyrillic=4DC Zlinebelow=1E94 Zstroke=1B5 a=61 aacute=E1 abreve=103 abreveacute=1EAF "
    "abrevecyrillic=4D1 abrevedotbelow=1EB7 abrevegrave=1EB1 abrevehookabove=1EB3 abrevetilde=1EB5 acaron=1CE "
    "acircumflex=E2 acircumflexacute=1EA5 acircumflexdotbelow=1EAD acircumflexgrave=1EA7 acircumflexhookabove=1EA9 "
    "acircumflextilde=1EAB acute=B4 acutebelowcmb=317 acutecmb=301 acutecomb=301 acutelowmod=2CF acutetonecmb=341 "
    "acyrillic=430 adblgrave=201 adieresis=E4 adieresiscyrillic=4D3 adieresismacron=1DF adotbelow=1EA1 "
    "adotmacron=1E1 ae=E6 aeacute=1FD aemacron=1E3 afii00208=2015 afii08941=20A4 afii10017=410 afii10018=411 "
    "afii10019=412 afii10020=413 afii10021=414 afii10022=415 afii10023=401 afii10024=416 afii10025=417 "
    "afii10026=418 afii10027=419 afii10028=41A afii10029=41B afii10030=41C afii10031=41D afii10032=41E "
    "afii10033=41F afii10034=420 afii10035=421 afii10036=422 afii10037=423 afii10038=424 afii10039=425 "
    "afii10040=426 afii10041=427 afii10042=428 afii10043=429 afii10044=42A afii10045=42B afii10046=42C "
    "afii10047=42D afii10048=42E afii10049=42F afii10050=490 afii10051=402 afii10052=403 afii10053=404 "
    "afii10054=405 afii10055=406 afii10056=407 afii10057=408 afii10058=409 afii10059=40A afii10060=40B "
    "afii10061=40C afii10062=40E afii10065=430 afii10066=431 afii10067=432 afii10068=433 afii10069=434 "
    "afii10070=435 afii10071=451 afii10072=436 afii10073=437 afii10074=438 afii10075=439 afii10076=43A "
    "afii10077=43B afii10078=43C afii10079=43D afii10080=43E afii10081=43F afii10082=440 afii10083=441 "
    "afii10084=442 afii10085=443 afii10086=444 afii10087=445 afii10088=446 afii10089=447 afii10090=448 "
    "afii10091=449 afii10092=44A afii10093=44B afii10094=44C afii10095=44D afii10096=44E afii10097=44F "
    "afii10098=491 afii10099=452 afii10100=453 afii10101=454 afii10102=455 afii10103=456 afii10104=457 "
    "afii10105=458 afii10106=459 afii10107=45A afii10108=45B afii10109=45C afii10110=45E afii10145=40F "
    "afii10146=462 afii10147=472 afii10148=474 afii10193=45F afii10194=463 afii10195=473 afii10196=475 "
    "afii10846=4D9 afii299=200E afii300=200F afii301=200D afii57636=20AA afii61248=2105 afii61289=2113 "
    "afii61352=2116 afii61573=202C afii61574=202D afii61575=202E afii61664=200C agrave=E0 ahookabove=1EA3 "
    "aiecyrillic=4D5 ainvertedbreve=203 aleph=2135 allequal=224C alpha=3B1 alphatonos=3AC amacron=101 ampersand=26 "
    "angle=2220 angstrom=212B anoteleia=387 aogonek=105 approaches=2250 approxequal=2248 approxequalorimage=2252 "
    "approximatelyequal=2245 arighthalfring=1E9A aring=E5 aringacute=1FB aringbelow=1E01 arrowboth=2194 "
    "arrowdashdown=21E3 arrowdashleft=21E0 arrowdashright=21E2 arrowdashup=21E1 arrowdblboth=21D4 "
    "arrowdbldown=21D3 arrowdblleft=21D0 arrowdblright=21D2 arrowdblup=21D1 arrowdown=2193 arrowdownleft=2199 "
    "arrowdownright=2198 arrowdownwhite=21E9 arrowheaddownmod=2C5 arrowheadleftmod=2C2 arrowheadrightmod=2C3 "
    "arrowheadupmod=2C4 arrowleft=2190 arrowleftdbl=21D0 arrowleftdblstroke=21CD arrowleftoverright=21C6 "
    "arrowleftwhite=21E6 arrowright=2192 arrowrightdblstroke=21CF arrowrightoverleft=21C4 arrowrightwhite=21E8 "
    "arrowtableft=21E4 arrowtabright=21E5 arrowup=2191 arrowupdn=2195 arrowupdnbse=21A8 arrowupdownbase=21A8 "
    "arrowupleft=2196 arrowupleftofdown=21C5 arrowupright=2197 arrowupwhite=21E7 asciicircum=5E asciitilde=7E "
    "asterisk=2A asteriskmath=2217 asterism=2042 asymptoticallyequal=2243 at=40 atilde=E3 b=62 backslash=5C bar=7C "
    "bdotaccent=1E03 bdotbelow=1E05 because=2235 becyrillic=431 beta=3B2 betasymbolgreek=3D0 blinebelow=1E07 "
    "braceleft=7B braceright=7D bracketleft=5B bracketright=5D breve=2D8 brevebelowcmb=32E brevecmb=306 "
    "breveinvertedbelowcmb=32F breveinvertedcmb=311 breveinverteddoublecmb=361 bridgebelowcmb=32A "
    "bridgeinvertedbelowcmb=33A brokenbar=A6 bstroke=180 btopbar=183 bullet=2022 bulletoperator=2219 c=63 "
    "cacute=107 candrabinducmb=310 capslock=21EA careof=2105 caron=2C7 caronbelowcmb=32C caroncmb=30C "
    "carriagereturn=21B5 ccaron=10D ccedilla=E7 ccedillaacute=1E09 ccircumflex=109 cdot=10B cdotaccent=10B "
    "cedilla=B8 cedillacmb=327 cent=A2 centigrade=2103 cheabkhasiancyrillic=4BD checyrillic=447 "
    "chedescenderabkhasiancyrillic=4BF chedescendercyrillic=4B7 chedieresiscyrillic=4F5 chekhakassiancyrillic=4CC "
    "cheverticalstrokecyrillic=4B9 chi=3C7 chook=188 circumflex=2C6 circumflexbelowcmb=32D circumflexcmb=302 "
    "clickalveolar=1C2 clickdental=1C0 clicklateral=1C1 clickretroflex=1C3 colon=3A colonmonetary=20A1 "
    "colonsign=20A1 colontriangularhalfmod=2D1 colontriangularmod=2D0 comma=2C commaabovecmb=313 "
    "commaaboverightcmb=315 commareversedabovecmb=314 commaturnedabovecmb=312 congruent=2245 contourintegral=222E "
    "controlACK=6 controlBEL=7 controlBS=8 controlCAN=18 controlCR=D controlDC1=11 controlDC2=12 controlDC3=13 "
    "controlDC4=14 controlDEL=7F controlDLE=10 controlEM=19 controlENQ=5 controlEOT=4 controlESC=1B controlETB=17 "
    "controlETX=3 controlFF=C controlFS=1C controlGS=1D controlHT=9 controlLF=A controlNAK=15 controlRS=1E "
    "controlSI=F controlSO=E controlSOT=2 controlSTX=1 controlSUB=1A controlSYN=16 controlUS=1F controlVT=B "
    "copyright=A9 cruzeiro=20A2 currency=A4 d=64 dagger=2020 daggerdbl=2021 dasiapneumatacyrilliccmb=485 "
    "dblarchinvertedbelowcmb=32B dblarrowleft=21D4 dblarrowright=21D2 dblgravecmb=30F dblintegral=222C "
    "dbllowline=2017 dbllowlinecmb=333 dbloverlinecmb=33F dblverticalbar=2016 dblverticallineabovecmb=30E "
    "dcaron=10F dcedilla=1E11 dcircumflexbelow=1E13 dcroat=111 ddotaccent=1E0B ddotbelow=1E0D decyrillic=434 "
    "degree=B0 deicoptic=3EF delta=3B4 deltaturned=18D dialytikatonos=385 dialytikatonoscmb=344 dieresis=A8 "
    "dieresisbelowcmb=324 dieresiscmb=308 dieresistonos=385 divide=F7 divides=2223 divisionslash=2215 "
    "djecyrillic=452 dlinebelow=1E0F dmacron=111 dollar=24 dong=20AB dotaccent=2D9 dotaccentcmb=307 "
    "dotbelowcmb=323 dotbelowcomb=323 dotlessi=131 dotlessj=237 downtackbelowcmb=31E downtackmod=2D5 dtopbar=18C "
    "dz=1F3 dzcaron=1C6 dzeabkhasiancyrillic=4E1 dzecyrillic=455 dzhecyrillic=45F e=65 eacute=E9 ebreve=115 "
    "ecaron=11B ecedillabreve=1E1D ecircumflex=EA ecircumflexacute=1EBF ecircumflexbelow=1E19 "
    "ecircumflexdotbelow=1EC7 ecircumflexgrave=1EC1 ecircumflexhookabove=1EC3 ecircumflextilde=1EC5 ecyrillic=454 "
    "edblgrave=205 edieresis=EB edot=117 edotaccent=117 edotbelow=1EB9 efcyrillic=444 egrave=E8 ehookabove=1EBB "
    "eight=38 eightinferior=2088 eightroman=2177 eightsuperior=2078 einvertedbreve=207 eiotifiedcyrillic=465 "
    "elcyrillic=43B element=2208 elevenroman=217A ellipsis=2026 emacron=113 emacronacute=1E17 emacrongrave=1E15 "
    "emcyrillic=43C emdash=2014 emptyset=2205 encyrillic=43D endash=2013 endescendercyrillic=4A3 eng=14B "
    "enghecyrillic=4A5 enhookcyrillic=4C8 enspace=2002 eogonek=119 epsilon=3B5 epsilontonos=3AD equal=3D "
    "equalsuperior=207C equivalence=2261 ercyrillic=440 ereversedcyrillic=44D escyrillic=441 "
    "esdescendercyrillic=4AB eshreversedloop=1AA estimated=212E eta=3B7 etatonos=3AE eth=F0 etilde=1EBD "
    "etildebelow=1E1B eturned=1DD euro=20AC exclam=21 exclamdbl=203C exclamdown=A1 existential=2203 ezhcaron=1EF "
    "ezhreversed=1B9 ezhtail=1BA f=66 f_f=FB00 f_f_i=FB03 f_f_l=FB04 f_i=FB01 f_l=FB02 fahrenheit=2109 "
    "fdotaccent=1E1F feicoptic=3E5 ff=FB00 ffi=FB03 ffl=FB04 fi=FB01 figuredash=2012 firsttonechinese=2C9 "
    "fitacyrillic=473 five=35 fiveeighths=215D fiveinferior=2085 fiveroman=2174 fivesuperior=2075 fl=FB02 "
    "florin=192 forall=2200 four=34 fourinferior=2084 fourroman=2173 foursuperior=2074 fourthtonechinese=2CB "
    "fraction=2044 franc=20A3 g=67 gacute=1F5 gamma=3B3 gammasuperior=2E0 gangiacoptic=3EB gbreve=11F gcaron=1E7 "
    "gcedilla=123 gcircumflex=11D gcommaaccent=123 gdot=121 gdotaccent=121 gecyrillic=433 geometricallyequal=2251 "
    "germandbls=DF ghemiddlehookcyrillic=495 ghestrokecyrillic=493 gheupturncyrillic=491 gjecyrillic=453 "
    "glottalinvertedstroke=1BE glottalstopmod=2C0 glottalstopreversedmod=2C1 glottalstopreversedsuperior=2E4 "
    "gmacron=1E21 gradient=2207 grave=60 gravebelowcmb=316 gravecmb=300 gravecomb=300 gravelowmod=2CE "
    "gravetonecmb=340 greater=3E greaterequal=2265 greateroverequal=2267 gstroke=1E5 guillemotleft=AB "
    "guillemotright=BB guilsinglleft=2039 guilsinglright=203A h=68 haabkhasiancyrillic=4A9 hadescendercyrillic=4B3 "
    "hardsigncyrillic=44A harpoonleftbarbup=21BC harpoonrightbarbup=21C0 hbar=127 hbrevebelow=1E2B hcedilla=1E29 "
    "hcircumflex=125 hdieresis=1E27 hdotaccent=1E23 hdotbelow=1E25 hlinebelow=1E96 hookabovecomb=309 hookcmb=309 "
    "hookpalatalizedbelowcmb=321 hookretroflexbelowcmb=322 horicoptic=3E9 horizontalbar=2015 horncmb=31B "
    "hungarumlaut=2DD hungarumlautcmb=30B hv=195 hyphen=2D hyphentwo=2010 i=69 iacute=ED iacyrillic=44F ibreve=12D "
    "icaron=1D0 icircumflex=EE icyrillic=456 idblgrave=209 idieresis=EF idieresisacute=1E2F idieresiscyrillic=4E5 "
    "idotbelow=1ECB iebrevecyrillic=4D7 iecyrillic=435 igrave=EC ihookabove=1EC9 iicyrillic=438 iinvertedbreve=20B "
    "iishortcyrillic=439 ij=133 ilde=2DC imacron=12B imacroncyrillic=4E3 imageorapproximatelyequal=2253 "
    "increment=2206 infinity=221E integral=222B intersection=2229 iocyrillic=451 iogonek=12F iota=3B9 "
    "iotadieresis=3CA iotadieresistonos=390 iotatonos=3AF itilde=129 itildebelow=1E2D iucyrillic=44E "
    "izhitsacyrillic=475 izhitsadblgravecyrillic=477 j=6A jcaron=1F0 jcircumflex=135 jecyrillic=458 k=6B "
    "kabashkircyrillic=4A1 kacute=1E31 kacyrillic=43A kadescendercyrillic=49B kahookcyrillic=4C4 kappa=3BA "
    "kappasymbolgreek=3F0 kastrokecyrillic=49F kaverticalstrokecyrillic=49D kcaron=1E9 kcedilla=137 "
    "kcommaaccent=137 kdotbelow=1E33 kgreenlandic=138 khacyrillic=445 kheicoptic=3E7 khook=199 kjecyrillic=45C "
    "klinebelow=1E35 koppacyrillic=481 koroniscmb=343 ksicyrillic=46F l=6C lacute=13A lambda=3BB lambdastroke=19B "
    "lbar=19A lcaron=13E lcedilla=13C lcircumflexbelow=1E3D lcommaaccent=13C ldot=140 ldotaccent=140 "
    "ldotbelow=1E37 ldotbelowmacron=1E39 leftangleabovecmb=31A lefttackbelowcmb=318 less=3C lessequal=2264 "
    "lessoverequal=2266 lira=20A4 lj=1C9 ljecyrillic=459 llinebelow=1E3B logicaland=2227 logicalnot=AC "
    "logicalor=2228 longs=17F lowlinecmb=332 lslash=142 lsquare=2113 m=6D macron=AF macronbelowcmb=331 "
    "macroncmb=304 macronlowmod=2CD macute=1E3F mdotaccent=1E41 mdotbelow=1E43 middot=B7 minus=2212 "
    "minusbelowcmb=320 minusmod=2D7 minusplus=2213 minute=2032 mu=B5 mu1=B5 muchgreater=226B muchless=226A "
    "mugreek=3BC multiply=D7 n=6E nabla=2207 nacute=144 napostrophe=149 nbspace=A0 ncaron=148 ncedilla=146 "
    "ncircumflexbelow=1E4B ncommaaccent=146 ndotaccent=1E45 ndotbelow=1E47 newsheqelsign=20AA nine=39 "
    "nineinferior=2089 nineroman=2178 ninesuperior=2079 nj=1CC njecyrillic=45A nlegrightlong=19E nlinebelow=1E49 "
    "nonbreakingspace=A0 notcontains=220C notelement=2209 notelementof=2209 notequal=2260 notgreater=226F "
    "notidentical=2262 notless=226E notparallel=2226 nsuperior=207F ntilde=F1 nu=3BD numbersign=23 "
    "numeralsigngreek=374 numeralsignlowergreek=375 numero=2116 o=6F oacute=F3 obarredcyrillic=4E9 "
    "obarreddieresiscyrillic=4EB obreve=14F ocaron=1D2 ocircumflex=F4 ocircumflexacute=1ED1 "
    "ocircumflexdotbelow=1ED9 ocircumflexgrave=1ED3 ocircumflexhookabove=1ED5 ocircumflextilde=1ED7 ocyrillic=43E "
    "odblacute=151 odblgrave=20D odieresis=F6 odieresiscyrillic=4E7 odotbelow=1ECD oe=153 ogonek=2DB ogonekcmb=328 "
    "ograve=F2 ohookabove=1ECF ohorn=1A1 ohornacute=1EDB ohorndotbelow=1EE3 ohorngrave=1EDD ohornhookabove=1EDF "
    "ohorntilde=1EE1 ohungarumlaut=151 oi=1A3 oinvertedbreve=20F omacron=14D omacronacute=1E53 omacrongrave=1E51 "
    "omega=3C9 omega1=3D6 omegacyrillic=461 omegaroundcyrillic=47B omegatitlocyrillic=47D omegatonos=3CE "
    "omicron=3BF omicrontonos=3CC one=31 onedotenleader=2024 oneeighth=215B onehalf=BD oneinferior=2081 "
    "onequarter=BC oneroman=2170 onesuperior=B9 onethird=2153 oogonek=1EB oogonekmacron=1ED ordfeminine=AA "
    "ordmasculine=BA orthogonal=221F oslash=F8 oslashacute=1FF ostrokeacute=1FF otcyrillic=47F otilde=F5 "
    "otildeacute=1E4D otildedieresis=1E4F overline=203E overlinecmb=305 overscore=AF p=70 pacute=1E55 "
    "pagedown=21DF pageup=21DE palatalizationcyrilliccmb=484 palochkacyrillic=4C0 paragraph=B6 parallel=2225 "
    "parenleft=28 parenleftinferior=208D parenleftsuperior=207D parenright=29 parenrightinferior=208E "
    "parenrightsuperior=207E partialdiff=2202 pdotaccent=1E57 pecyrillic=43F pemiddlehookcyrillic=4A7 percent=25 "
    "period=2E periodcentered=B7 perispomenigreekcmb=342 perthousand=2030 peseta=20A7 phi=3C6 phi1=3D5 "
    "phisymbolgreek=3D5 phook=1A5 pi=3C0 pisymbolgreek=3D6 plus=2B plusbelowcmb=31F plusminus=B1 plusmod=2D6 "
    "plussuperior=207A prescription=211E primereversed=2035 product=220F proportion=2237 proportional=221D psi=3C8 "
    "psicyrillic=471 psilipneumatacyrilliccmb=486 q=71 question=3F questiondown=BF questiongreek=37E quotedbl=22 "
    "quotedblbase=201E quotedblleft=201C quotedblright=201D quoteleft=2018 quoteleftreversed=201B "
    "quotereversed=201B quoteright=2019 quoterightn=149 quotesinglbase=201A quotesingle=27 r=72 racute=155 "
    "radical=221A ratio=2236 rcaron=159 rcedilla=157 rcommaaccent=157 rdblgrave=211 rdotaccent=1E59 rdotbelow=1E5B "
    "rdotbelowmacron=1E5D referencemark=203B registered=AE reversedtilde=223D rho=3C1 rhosymbolgreek=3F1 "
    "rhotichookmod=2DE rightangle=221F righttackbelowcmb=319 ring=2DA ringbelowcmb=325 ringcmb=30A "
    "ringhalfleftbelowcmb=31C ringhalfleftcentered=2D3 ringhalfrightbelowcmb=339 ringhalfrightcentered=2D2 "
    "rinvertedbreve=213 rlinebelow=1E5F s=73 sacute=15B sacutedotaccent=1E65 scaron=161 scarondotaccent=1E67 "
    "scedilla=15F schwacyrillic=4D9 schwadieresiscyrillic=4DB scircumflex=15D scommaaccent=219 sdotaccent=1E61 "
    "sdotbelow=1E63 sdotbelowdotaccent=1E69 seagullbelowcmb=33C second=2033 secondtonechinese=2CA section=A7 "
    "semicolon=3B seven=37 seveneighths=215E seveninferior=2087 sevenroman=2176 sevensuperior=2077 sfthyphen=AD "
    "shacyrillic=448 shchacyrillic=449 sheicoptic=3E3 sheqel=20AA sheqelhebrew=20AA shhacyrillic=4BB "
    "shimacoptic=3ED sigma=3C3 sigma1=3C2 sigmafinal=3C2 sigmalunatesymbolgreek=3F2 similar=223C six=36 "
    "sixinferior=2086 sixroman=2175 sixsuperior=2076 slash=2F slong=17F slongdotaccent=1E9B softhyphen=AD "
    "softsigncyrillic=44C soliduslongoverlaycmb=338 solidusshortoverlaycmb=337 space=20 spacehackarabic=20 "
    "squarebelowcmb=33B sterling=A3 strokelongoverlaycmb=336 strokeshortoverlaycmb=335 suchthat=220B "
    "summation=2211 t=74 tau=3C4 tbar=167 tcaron=165 tcedilla=163 tcircumflexbelow=1E71 tcommaaccent=163 "
    "tdieresis=1E97 tdotaccent=1E6B tdotbelow=1E6D tecyrillic=442 tedescendercyrillic=4AD telephone=2121 "
    "tenroman=2179 tetsecyrillic=4B5 thereexists=2203 therefore=2234 theta=3B8 theta1=3D1 thetasymbolgreek=3D1 "
    "thook=1AD thorn=FE thousandcyrillic=482 three=33 threeeighths=215C threeinferior=2083 threequarters=BE "
    "threeroman=2172 threesuperior=B3 tilde=2DC tildebelowcmb=330 tildecmb=303 tildecomb=303 tildedoublecmb=360 "
    "tildeoperator=223C tildeoverlaycmb=334 tildeverticalcmb=33E titlocyrilliccmb=483 tlinebelow=1E6F "
    "tonebarextrahighmod=2E5 tonebarextralowmod=2E9 tonebarhighmod=2E6 tonebarlowmod=2E8 tonebarmidmod=2E7 "
    "tonefive=1BD tonesix=185 tonetwo=1A8 tonos=384 tpalatalhook=1AB trademark=2122 tsecyrillic=446 "
    "tshecyrillic=45B twelveroman=217B two=32 twodotenleader=2025 twodotleader=2025 twoinferior=2082 tworoman=2171 "
    "twostroke=1BB twosuperior=B2 twothirds=2154 u=75 uacute=FA ubreve=16D ucaron=1D4 ucircumflex=FB "
    "ucircumflexbelow=1E77 ucyrillic=443 udblacute=171 udblgrave=215 udieresis=FC udieresisacute=1D8 "
    "udieresisbelow=1E73 udieresiscaron=1DA udieresiscyrillic=4F1 udieresisgrave=1DC udieresismacron=1D6 "
    "udotbelow=1EE5 ugrave=F9 uhookabove=1EE7 uhorn=1B0 uhornacute=1EE9 uhorndotbelow=1EF1 uhorngrave=1EEB "
    "uhornhookabove=1EED uhorntilde=1EEF uhungarumlaut=171 uhungarumlautcyrillic=4F3 uinvertedbreve=217 "
    "ukcyrillic=479 umacron=16B umacroncyrillic=4EF umacrondieresis=1E7B underscore=5F underscoredbl=2017 "
    "uogonek=173 upsilon=3C5 upsilondieresis=3CB upsilondieresistonos=3B0 upsilontonos=3CD uptackbelowcmb=31D "
    "uptackmod=2D4 uring=16F ushortcyrillic=45E ustraightcyrillic=4AF ustraightstrokecyrillic=4B1 utilde=169 "
    "utildeacute=1E79 utildebelow=1E75 v=76 vdotbelow=1E7F vecyrillic=432 verticalbar=7C verticallineabovecmb=30D "
    "verticallinebelowcmb=329 verticallinelowmod=2CC verticallinemod=2C8 visiblespace=2423 vtilde=1E7D w=77 "
    "wacute=1E83 wcircumflex=175 wdieresis=1E85 wdotaccent=1E87 wdotbelow=1E89 weierstrass=2118 wgrave=1E81 "
    "won=20A9 wring=1E98 wynn=1BF x=78 xabovecmb=33D xdieresis=1E8D xdotaccent=1E8B xi=3BE xsuperior=2E3 y=79 "
    "yacute=FD yatcyrillic=463 ycircumflex=177 ydieresis=FF ydotaccent=1E8F ydotbelow=1EF5 yen=A5 yericyrillic=44B "
    "yerudieresiscyrillic=4F9 ygrave=1EF3 yhook=1B4 yhookabove=1EF7 yicyrillic=457 yotgreek=3F3 ypogegrammeni=37A "
    "ypogegrammenigreekcmb=345 yr=1A6 yring=1E99 ytilde=1EF9 yusbigcyrillic=46B yusbigiotifiedcyrillic=46D "
    "yuslittlecyrillic=467 yuslittleiotifiedcyrillic=469 z=7A zacute=17A zcaron=17E zcircumflex=1E91 zdot=17C "
    "zdotaccent=17C zdotbelow=1E93 zecyrillic=437 zedescendercyrillic=499 zedieresiscyrillic=4DF zero=30 "
    "zeroinferior=2080 zerosuperior=2070 zerowidthnonjoiner=200C zerowidthspace=200B zeta=3B6 zhebrevecyrillic=4C2 "
    "zhecyrillic=436 zhedescendercyrillic=497 zhedieresiscyrillic=4DD zlinebelow=1E95 zstroke=1B6 ";
// clang-format on

const std::unordered_map<std::string_view, char32_t>& NameTable() {
  static const std::unordered_map<std::string_view, char32_t> kTable = [] {
    std::unordered_map<std::string_view, char32_t> table;
    for (std::string_view rest = kNames; !rest.empty();) {
      const size_t equals = rest.find('=');
      const size_t blank = rest.find(' ', equals);
      uint32_t value = 0;
      std::from_chars(rest.data() + equals + 1, rest.data() + blank, value, 16);
      table.emplace(rest.substr(0, equals), value);
      rest.remove_prefix(blank + 1);
    }
    return table;
  }();
  return kTable;
}

// All of `digits` as hexadecimal, or 0.
char32_t HexOf(std::string_view digits) {
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  const bool good = error == std::errc() && end == digits.data() + digits.size() && value <= 0x10FFFF &&
                    (value < 0xD800 || value > 0xDFFF);
  return good ? value : 0;
}

std::u32string OneName(std::string_view name) {
  if (const auto known = NameTable().find(name); known != NameTable().end()) return {known->second};
  if (name.starts_with("uni") && name.size() >= 7 && (name.size() - 3) % 4 == 0) {
    std::u32string text;
    for (size_t at = 3; at < name.size(); at += 4) {
      const char32_t c = HexOf(name.substr(at, 4));
      if (c == 0) return {};
      text += c;
    }
    return text;
  }
  if (name.size() >= 5 && name.size() <= 7 && name[0] == 'u') {
    if (const char32_t c = HexOf(name.substr(1)); c != 0) return {c};
  }
  return {};
}

}  // namespace

const char16_t* EncodingTable(BaseEncoding encoding) {
  switch (encoding) {
    case BaseEncoding::kStandard:
      return kStandard;
    case BaseEncoding::kWinAnsi:
      return kWinAnsi;
    case BaseEncoding::kMacRoman:
      return kMacRoman;
    case BaseEncoding::kPdfDoc:
      break;
  }
  return kPdfDoc;
}

std::u32string TextOfGlyphName(std::string_view name) {
  if (const size_t dot = name.find('.'); dot != std::string_view::npos && dot > 0) name = name.substr(0, dot);
  std::u32string whole = OneName(name);
  if (!whole.empty() || name.find('_') == std::string_view::npos) return whole;
  std::u32string text;
  while (!name.empty()) {
    const size_t end = std::min(name.find('_'), name.size());
    const std::u32string part = OneName(name.substr(0, end));
    if (part.empty()) return {};
    text += part;
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return text;
}

void AppendUtf8(char32_t c, std::string& out) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
    out += static_cast<char>(0x80 | (c >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (c >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

}  // namespace strongroom::pdf
