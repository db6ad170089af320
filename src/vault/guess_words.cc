#include "vault/guess_words.h"

#include <unicode/translit.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <memory>

#include "base/encoding.h"
#include "vault/normalise_text.h"

namespace strongroom {
namespace {

struct Entry {
  std::string_view phrases;  // separated by spaces; words of one phrase by underscores
  HeaderHint hint;
};

using enum FieldType;

// The first entry with a phrase in the header answers, so the narrow stand before the wide ("email_address" before
// "address").  Phrases of ASCII or Latin letters match whole words, Chinese ones any part.
constexpr Entry kEntries[] = {
    {"password passwd passphrase lösenord 密码", {"password", kPassword, Sensitivity::kCredential}},
    {"secret api_key token pin pin_code pinkod security_answer säkerhetssvar", {"", kText, Sensitivity::kCredential}},
    {"email e_mail mail email_address e_mail_address epost e_post mejl mailadress epostadress 邮箱 邮件 电邮",
     {"email", kEmail, Sensitivity::kPersonal}},
    {"mobile mobile_phone cell cell_phone mobil mobilnummer mobiltelefon 手机",
     {"mobile_phone", kPhone, Sensitivity::kPersonal}},
    {"phone telephone tel phone_number telefon telefonnummer tfn tel_nr 电话",
     {"phone", kPhone, Sensitivity::kPersonal}},
    {"personnummer person_nr personnr pnr samordningsnummer",
     {"national_id", kNationalId, Sensitivity::kSensitive, "se.personnummer"}},
    {"ssn social_security social_security_number", {"national_id", kNationalId, Sensitivity::kSensitive, "us.ssn"}},
    {"nhs nhs_number", {"national_id", kNationalId, Sensitivity::kSensitive, "gb.nhs"}},
    {"身份证 公民身份", {"national_id", kNationalId, Sensitivity::kSensitive, "cn.ric"}},
    {"national_id national_insurance tax_id identity_number id_number nino bsn pesel cpf aadhaar",
     {"national_id", kNationalId, Sensitivity::kSensitive}},
    {"passport passport_number pass_nr passnummer 护照", {"passport_number", kText, Sensitivity::kSensitive}},
    {"organisationsnummer orgnr org_nr org_number",
     {"organisation_number", kNationalId, Sensitivity::kInternal, "se.orgnr"}},
    {"birth_date birthdate date_of_birth dob birthday born födelsedatum född födelsedag 出生 生日",
     {"date_of_birth", kDateOfBirth, Sensitivity::kPersonal}},
    {"card_number cardnumber credit_card creditcard pan kortnummer kort_nr 卡号 信用卡",
     {"card_number", kCard, Sensitivity::kFinancial}},
    {"iban bank_account account_number kontonummer konto_nr bankkonto bankgiro clearing 银行账号 银行帐号 账号",
     {"bank_account", kBankAccount, Sensitivity::kFinancial}},
    {"first_name firstname given_name givenname forename fname förnamn tilltalsnamn 名字",
     {"given_name", kPersonName, Sensitivity::kPersonal}},
    {"last_name lastname family_name familyname surname lname efternamn 姓氏",
     {"family_name", kPersonName, Sensitivity::kPersonal}},
    {"company company_name employer firma företag arbetsgivare bolag 公司 单位",
     {"company", kText, Sensitivity::kInternal}},
    {"username user_name login användarnamn 用户名", {"username", kText, Sensitivity::kPersonal}},
    {"full_name fullname name contact_name customer_name namn kundnamn kontaktperson 姓名 客户名称 联系人",
     {"name", kPersonName, Sensitivity::kPersonal}},
    {"customer_id customerid customer_no customer_number client_id user_id userid account_id member_id member_no "
     "external_id "
     "contact_id uuid guid id nr kundnr kund_nr kundnummer kund_id medlemsnummer 客户编号 客户号 会员号 编号",
     {"external_id", kText, Sensitivity::kInternal, "", true}},
    {"diagnosis disease allergy allergies medication blood_type disability health religion ethnicity "
     "sexual_orientation "
     "political union_member diagnos sjukdom allergi medicin hälsa religion facklig funktionsnedsättning 诊断 疾病 "
     "过敏 "
     "宗教 民族 病史",
     {"", kText, Sensitivity::kSensitive}},
    {"salary income credit_limit balance debt lön inkomst saldo skuld kreditgräns 工资 收入 余额",
     {"", kNumber, Sensitivity::kFinancial}},
    {"country land language språk currency valuta status created updated created_at updated_at type typ segment 国家 "
     "语言 货币 状态",
     {"", kText, Sensitivity::kInternal}},
    {"zip zip_code postcode postal_code postnummer post_nr 邮编 邮政编码",
     {"postal_code", kText, Sensitivity::kPersonal}},
    {"city town ort postort stad 城市", {"city", kText, Sensitivity::kPersonal}},
    {"address street postal_address street_address home_address adress gatuadress postadress gata 地址 住址",
     {"postal_address", kPostalAddress, Sensitivity::kPersonal}},
    {"newsletter opt_in consent active subscribed nyhetsbrev samtycke aktiv", {"", kBoolean, Sensitivity::kInternal}},
    {"note notes comment comments description anteckning kommentar beskrivning 备注",
     {"notes", kText, Sensitivity::kPersonal}},
};

bool HasPhrase(std::string_view words, std::string_view phrase) {
  const bool chinese = static_cast<uint8_t>(phrase[0]) >= 0xE3;
  for (size_t at = words.find(phrase); at != std::string_view::npos; at = words.find(phrase, at + 1)) {
    const size_t end = at + phrase.size();
    if (chinese || ((at == 0 || words[at - 1] == '_') && (end == words.size() || words[end] == '_'))) return true;
  }
  return false;
}

bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }

}  // namespace

std::string HeaderWords(std::string_view header) {
  if (!IsValidUtf8(header)) return {};
  std::string spaced;
  for (size_t i = 0; i < header.size(); ++i) {
    if (i != 0 && IsUpper(header[i]) && IsLower(header[i - 1])) spaced.push_back(' ');
    spaced.push_back(header[i]);
  }
  std::string words;
  for (char c : FoldForSearch(spaced)) {
    const bool letter = IsLower(c) || (c >= '0' && c <= '9') || (c & 0x80) != 0;
    if (letter) {
      words.push_back(c);
    } else if (!words.empty() && words.back() != '_') {
      words.push_back('_');
    }
  }
  while (words.ends_with('_')) words.pop_back();
  return words;
}

std::optional<HeaderHint> HintOfHeader(std::string_view words) {
  // The whole header first: "name" is a name, "company_name" is not.
  for (const bool whole : {true, false}) {
    for (const Entry& entry : kEntries) {
      std::string_view rest = entry.phrases;
      while (!rest.empty()) {
        const size_t space = std::min(rest.find(' '), rest.size());
        const std::string_view phrase = rest.substr(0, space);
        rest.remove_prefix(std::min(space + 1, rest.size()));
        if (whole ? words == phrase : HasPhrase(words, phrase)) return entry.hint;
      }
    }
  }
  return std::nullopt;
}

std::string FieldNameOf(std::string_view header) {
  std::string words = HeaderWords(header);
  if (!IsAscii(words)) {
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<icu::Transliterator> latin(
        icu::Transliterator::createInstance("Any-Latin; Latin-ASCII; Any-Lower", UTRANS_FORWARD, status));
    if (U_SUCCESS(status) && latin) {
      icu::UnicodeString text = icu::UnicodeString::fromUTF8(words);
      latin->transliterate(text);
      words.clear();
      text.toUTF8String(words);
    }
    words = HeaderWords(words);
  }
  std::string name;
  for (char c : words) {
    if ((c & 0x80) == 0) name.push_back(c);
  }
  if (name.empty()) return "column";
  if (!IsLower(name[0])) name.insert(0, "f_");
  if (name.size() > 44) name.resize(44);  // room for "_2" to "_999"
  while (name.ends_with('_')) name.pop_back();
  return name;
}

}  // namespace strongroom
