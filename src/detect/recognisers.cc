// The rows.  Numbers in the examples are those of validators_test.cc and validate_test.cc, which name their sources, or
// reserved for documentation (RFC 2606, RFC 3849, RFC 5737, Ofcom, Post- och telestyrelsen, 555-01xx).
#include "detect/recogniser.h"

#include <iterator>

namespace strongroom::detect::internal {
namespace {

constexpr Recogniser kRows[] = {
    // --- money ---
    {"card", Kind::kCreditCard, Grammar::kCard, "", "", 0.9F, 0.95F, 1.0F,
     "card cards credit_card debit_card creditcard visa mastercard amex maestro cc ccnum pan payment_card cardnumber "
     "kort kortet kortnummer kreditkort betalkort bankkort kontokort 卡号 信用卡 银行卡 卡片 借记卡 储蓄卡",
     "Please charge my credit card. Number is «5555555555554444»\n"
     "卡号«4111111111111111»，有效期\n"
     "卡号«４１１１１１１１１１１１１１１１»\n"
     "kort «4111-1111-1111-1111» gäller\n"
     "«3782 822463 10005» (Amex)\n"
     "paid with «4111\u00a01111\u202f1111 1111» today\n"
     "paid with «4111\u20111111\u20131111\u20121111» today\n"
     "card=«4111%201111%201111%201111»&cvc=\n"
     "card_«4111_1111_1111_1111»_old\n"
     "«4111\u00ad1111\u200b11111111»\n"
     "7,Anna,«2223003122003222»,12.50",
     "card 4111111111111112\norder 123456789012345\n1.4111111111111111\nreq=4111111111111111a\n"
     "serial 41111111-11111111-11111111-11111111"},
    {"iban", Kind::kIban, Grammar::kIban, "", "", 0.98F, 0.98F, 1.0F, "iban bankkonto konto account 账号 账户 银行账号",
     "IBAN «SE4550000000058398257466»\n"
     "my iban is «gb29nwbk60161331926819»\n"
     "till «SE45 5000 0000 0583 9825 7466», tack\n"
     "账号«DE89370400440532013000»。\n"
     "{\"iban\":\"«FR1420041010050500013M02606»\"}",
     "SE4550000000058398257467\nGB29NWBK6016133192681\nXX4550000000058398257466"},

    // --- the United States ---
    {"us-ssn", Kind::kUsSsn, Grammar::kShapes, "us.ssn", "ddd?dd?dddd", 0.1F, 0.7F, 0.98F,
     "ssn ssns social_security social_sec socialsecurity ss# soc_sec personal_id",
     "Here's my SSN: «308-63-0237»\nHis social security number is «536904399»\nsaved as «536-90-4399» today",
     "SSN 000-12-3456\nSSN 666-12-3456\nSSN 900-12-3456\nSSN 123-00-4567\nSSN 123-45-0000\norder 536904399"},
    {"us-itin", Kind::kNationalId, Grammar::kShapes, "us.itin", "ddd?dd?dddd", 0.05F, 0.55F, 0.95F,
     "itin taxpayer tax_id tin individual_taxpayer", "ITIN «912-90-3456»\nmy taxpayer number «912903456»",
     "ITIN 912-93-4567\nITIN 912-49-4567"},
    {"us-ein", Kind::kNationalId, Grammar::kShapes, "us.ein", "dd?ddddddd", 0.05F, 0.3F, 0.85F,
     "ein fein employer_identification federal_tax employer_id tax_id",
     "EIN «91-1144442»\nEmployer identification number: «042103594»", "EIN 07-1144442\nroom 91-1144442"},
    {"us-rtn", Kind::kNationalId, Grammar::kShapes, "us.rtn", "ddddddddd", 0.1F, 0.1F, 0.85F,
     "routing rtn aba routing_number transit", "routing number «111000025»",
     "routing number 112000025\nbatch 111000025"},

    // --- Sweden ---
    {"se-personnummer", Kind::kNationalId, Grammar::kShapes, "se.personnummer", "dddddd?dddd|dddddddd?dddd", 0.55F,
     0.9F, 0.98F,
     "personnummer personnr pnr pers.nr persnr samordningsnummer samordningsnr födelsenummer personal_identity "
     "personal_number personnumret person_nr civic kund patient social_security 个人号码 身份号码",
     "personnummer «19090527-1474»\nPnr: «200002292399»\nfödd «090527+1474»\nnr «460823-9986» kom",
     "personnummer 19090527-1475\npersonnummer 19960430-9886\n010229-2398"},
    {"se-orgnr", Kind::kNationalId, Grammar::kShapes, "se.orgnr", "dddddd?dddd", 0.1F, 0.6F, 0.9F,
     "orgnr organisationsnummer org.nr organisationsnr org organisationsnumret bolag corporate_identity vat momsnr",
     "Org.nr «556036-0793»\norganisationsnummer «5560360793»", "orgnr 556036-0794\nnummer 5560360793 kom"},

    // --- China ---
    {"cn-ric", Kind::kNationalId, Grammar::kShapes, "cn.ric", "dddddddddddddddddX", 0.95F, 0.95F, 1.0F,
     "身份证 身份证号 身份证号码 证件号 公民身份 id_card identity_card resident_identity ric citizen",
     "身份证号«11010519491231002X»，手机\nID «440524188001010014» ok\n身份证号码：«360426199101010071»",
     "身份证号110105194912310021\n440524188002300014"},
    {"cn-uscc", Kind::kNationalId, Grammar::kShapes, "cn.uscc", "XXddddddXXXXXXXXXX", 0.6F, 0.6F, 0.95F,
     "统一社会信用代码 社会信用代码 信用代码 营业执照 税号 uscc unified_social social_credit",
     "统一社会信用代码«91110000600037341L»", "统一社会信用代码91110000600037341M"},

    // --- Britain ---
    {"gb-nhs", Kind::kNationalId, Grammar::kShapes, "gb.nhs", "ddd?ddd?dddd", 0.1F, 0.5F, 0.97F,
     "nhs patient national_health health_service hospital_number patientens 医疗号",
     "Patient NHS number «943 476 5870»\nNHS: «9434765919»", "NHS 943 476 5871\nNHS 9434765910"},
    {"gb-utr", Kind::kNationalId, Grammar::kShapes, "gb.utr", "ddddd?ddddd", 0.05F, 0.3F, 0.9F,
     "utr unique_taxpayer taxpayer hmrc self_assessment tax_reference",
     "UTR «32824 97350»\nunique taxpayer reference «3282497350»", "UTR 2282497350"},
    {"gb-nino", Kind::kNationalId, Grammar::kShapes, "gb.nino", "LL?dd?dd?dd?L", 0.5F, 0.7F, 0.97F,
     "nino national_insurance ni_number ni insurance_number nin",
     "National Insurance «AB123456C»\nNI number: «AB 12 34 56 C» ok", "NINO QQ123456C\nNINO AB123456E"},

    // --- the rest of the world, by country ---
    {"au-abn", Kind::kNationalId, Grammar::kShapes, "au.abn", "dd?ddd?ddd?ddd", 0.3F, 0.75F, 0.95F,
     "abn australian_business business_number", "ABN «83 914 571 673»\nABN «51824753556»", "ABN 99 999 999 999"},
    {"au-tfn", Kind::kNationalId, Grammar::kShapes, "au.tfn", "ddd?ddd?ddd|ddd?ddd?dd", 0.05F, 0.3F, 0.95F,
     "tfn tax_file", "TFN «123 456 782»\ntax file number «123456782»", "TFN 999 999 999"},
    {"be-nn", Kind::kNationalId, Grammar::kShapes, "be.nn", "dd?dd?dd?ddd?dd", 0.5F, 0.92F, 0.97F,
     "rijksregister rijksregisternummer insz national_register registre_national niss numéro_national belgian nn "
     "nationalnummer",
     "Rijksregisternummer «85.07.30-033.28»\nNISS «17 07 30 033 84»", "NISS 12345678901"},
    {"br-cpf", Kind::kNationalId, Grammar::kShapes, "br.cpf", "ddd?ddd?ddd?dd", 0.4F, 0.95F, 0.97F,
     "cpf cadastro contribuinte pessoa_física brazilian", "CPF «390.533.447-05»\nCPF: «39053344705»",
     "CPF 231.002.999-00\nCPF 111.111.111-11"},
    {"ca-sin", Kind::kNationalId, Grammar::kShapes, "ca.sin", "ddd?ddd?ddd", 0.05F, 0.45F, 0.95F,
     "sin social_insurance nas assurance_sociale canadian", "SIN «123-456-782»\nsocial insurance number «123456782»",
     "SIN 823456785\nSIN 999-999-999\nit is a sin 123-456-783"},
    {"ch-ssn", Kind::kNationalId, Grammar::kShapes, "ch.ssn", "ddd?dddd?dddd?dd", 0.8F, 0.97F, 0.99F,
     "ahv avs ahvn ahv-nummer sozialversicherung versichertennummer nas avs13 swiss",
     "AHV «756.9217.0769.85»\n«7569217076985»", "AHV 756.9217.0769.84\n123.4567.8910.19"},
    {"de-idnr", Kind::kNationalId, Grammar::kShapes, "de.idnr", "dd?ddd?ddd?ddd", 0.1F, 0.5F, 0.95F,
     "steuer-id steuerid idnr identifikationsnummer steueridentifikationsnummer steuernummer steuer_id tin tax_id "
     "german_tax steuerliche",
     "Steuer-ID «36 574 261 809»\nIdNr «36574261809»", "IdNr 36574261890"},
    {"dk-cpr", Kind::kNationalId, Grammar::kShapes, "dk.cpr", "dddddd?dddd", 0.1F, 0.45F, 0.93F,
     "cpr cpr-nr cpr-nummer personnummer cprnr danish", "CPR «211062-5629»\nCPR-nummer: «2110625629»",
     "CPR 511062-5629"},
    {"es-dni", Kind::kNationalId, Grammar::kShapes, "es.dni", "dddddddd?L", 0.6F, 0.6F, 0.97F,
     "dni nif documento_nacional identidad documento spanish", "DNI «54362315K»\nDNI: «54362315-K»", "DNI 54362315Z"},
    {"es-nie", Kind::kNationalId, Grammar::kShapes, "es.nie", "L?ddddddd?L|L?dddddddL", 0.75F, 0.8F, 0.97F,
     "nie extranjero número_de_identidad foreigner", "NIE «X2482300W»\nNIE «X-2482300-W»", "NIE X-2482300A"},
    {"fi-hetu", Kind::kNationalId, Grammar::kShapes, "fi.hetu", "dddddd?dddX|ddddddXdddX", 0.95F, 0.95F, 0.98F,
     "hetu henkilötunnus personbeteckning henkilötunnukseni sotu finnish", "hetu «131052-308T»\nHETU «010594Y9021»",
     "hetu 131052-308U\nhetu 310252-308Y"},
    {"fr-nir", Kind::kNationalId, Grammar::kShapes, "fr.nir", "d?dd?dd?dX?ddd?ddd?dd|ddddddXdddddd?dd", 0.85F, 0.97F,
     0.98F, "nir insee sécurité_sociale sécu numéro_de_sécurité french ssn social_security",
     "NIR «2 95 10 99 126 111 93»\nsécurité sociale «295109912611193»\n«253072B07300470»", "NIR 295109912611199"},
    {"in-aadhaar", Kind::kNationalId, Grammar::kShapes, "in.aadhaar", "dddd?dddd?dddd", 0.1F, 0.5F, 0.95F,
     "aadhaar aadhar uidai uid", "Aadhaar «2341 2341 2346»\naadhaar no «234123412346»", "Aadhaar 123412341234"},
    {"in-pan", Kind::kNationalId, Grammar::kShapes, "in.pan", "LLLLLddddL", 0.6F, 0.6F, 0.96F,
     "pan permanent_account income_tax pan_card", "PAN «ACUPA7085R»", "PAN ABMXA3211G"},
    {"it-codicefiscale", Kind::kNationalId, Grammar::kShapes, "it.codicefiscale", "LLL?LLL?XXLXX?LXXXL", 0.95F, 0.95F,
     0.99F, "codice_fiscale codicefiscale cf italian tax_code", "codice fiscale «RCCMNL83S18D969H»",
     "codice fiscale RCCMNL83S18D969A"},
    {"jp-in", Kind::kNationalId, Grammar::kShapes, "jp.in", "dddd?dddd?dddd", 0.05F, 0.35F, 0.95F,
     "マイナンバー 個人番号 my_number individual_number mynumber",
     "マイナンバー «6214 9832 0257»\nMy Number «621498320257»", "My Number 6214 9832 0258"},
    {"kr-rrn", Kind::kNationalId, Grammar::kShapes, "kr.rrn", "dddddd?ddddddd", 0.4F, 0.88F, 0.97F,
     "주민등록번호 주민번호 rrn resident_registration korean", "주민등록번호 «971013-9019902»\nRRN «9710139019902»",
     "RRN 971013-9019903"},
    {"nl-bsn", Kind::kNationalId, Grammar::kShapes, "nl.bsn", "ddddddddd|dddd?dd?ddd|ddd?ddd?ddd", 0.05F, 0.3F, 0.95F,
     "bsn burgerservicenummer sofinummer sofi citizen_service dutch", "BSN «111222333»\nBSN «1112.22.333»",
     "BSN 1112.52.333"},
    {"no-fodselsnummer", Kind::kNationalId, Grammar::kShapes, "no.fodselsnummer", "dddddd?ddddd", 0.7F, 0.85F, 0.97F,
     "fødselsnummer fødselsnr fnr personnummer d-nummer norwegian", "Fødselsnummer «151086 95088»\nfnr «15108695088»",
     "fnr 15108695077"},
    {"pl-pesel", Kind::kNationalId, Grammar::kShapes, "pl.pesel", "ddddddddddd", 0.45F, 0.45F, 0.97F,
     "pesel numer_pesel polish", "PESEL «44051401359»", "PESEL 44051401358\nPESEL 02381307589"},
    {"pt-nif", Kind::kNationalId, Grammar::kShapes, "pt.nif", "ddd?ddd?ddd", 0.05F, 0.3F, 0.95F,
     "nif contribuinte número_de_identificação nipc fiscal portuguese", "NIF «501 964 843»\ncontribuinte «501964843»",
     "NIF 501 964 842"},
    {"tr-tckimlik", Kind::kNationalId, Grammar::kShapes, "tr.tckimlik", "ddddddddddd", 0.45F, 0.45F, 0.97F,
     "tckn tc_kimlik kimlik t.c. tc turkish", "TC Kimlik No «17291716060»", "TC Kimlik 17291716050"},
    {"za-idnr", Kind::kNationalId, Grammar::kShapes, "za.idnr", "dddddd?dddd?dd?d", 0.55F, 0.8F, 0.97F,
     "id_number south_african identity_number rsa sa_id identiteitsnommer",
     "ID number «7503305044089»\nSA ID «750330 5044 08 9»", "ID number 8503305044089"},
    // Without a check digit or a rule of their own: what stands beside them is all there is.
    {"us-drivers-license", Kind::kNationalId, Grammar::kContextual, "us.drivers_license", "", 0, 0, 0.85F,
     "driver's_license drivers_license driver_s_license driver_license driving_licence driving_license "
     "driver's_licence "
     "driver_licence license_number dl_number",
     "My driver's license number is «A56319335»\ndriver's license «425700624»", "my license 42\nthe A56319335 model"},
    {"passport", Kind::kNationalId, Grammar::kContextual, "passport", "", 0, 0, 0.85F,
     "passport passports passport_number passnummer passnr pass_nr 护照 护照号 护照号码 reisepass",
     "passport number «E12345678»\n护照号«G12345678»", "flight E12345678\npassport in 2024"},

    // --- the network ---
    {"email", Kind::kEmail, Grammar::kEmail, "", "", 0.97F, 0.97F, 0.97F, "",
     "What's your email? «anna.berg+x@mail.example.org».\n邮箱«zhang.wei@example.com»，\n«用户@例子.公司»\n"
     "«jörg@exämple.se» skrev\nmail=«anna%40example.com»&x\n«anna＠example.com»\n<«o'neil@example.co.uk»>",
     "anna@\n@example.com\nanna@localhost\nfoo@.com\nprice 5@2.50"},
    {"url", Kind::kUrl, Grammar::kUrl, "", "", 0.97F, 0.97F, 0.97F, "",
     "see "
     "«http://www.example.com/a?b=c».\n网址«https://example.com/路»，\n(«www.example.org/x»)\n«ftp://ftp.example.org/"
     "pub»",
     "http://\nwww.\nhttp: //x\nanna@www.example.com"},
    {"ip", Kind::kIpAddress, Grammar::kIp, "", "", 0.9F, 0.9F, 0.9F,
     "ip ip_address address ipv4 ipv6 host src ip-adress 地址",
     "from «192.0.2.7» port\nsrc=«203.0.113.255» x\n«2001:db8::1»\n[«2001:db8:0:0:0:0:0:1»]:443\n"
     "address «4f8a:c99e:dc86:faf9:5988:5f63:375e:8a2a» blocked\n地址«198.51.100.1»。",
     "192.0.2.256\n1.2.3.4.5\n192.0.2\nat 14:56:41 today\nstd::vector\n01.02.03.04"},
    {"mac", Kind::kMacAddress, Grammar::kMac, "", "", 0.95F, 0.95F, 0.95F, "",
     "MAC «00:00:5e:00:53:01» up\n«00-00-5E-00-53-FF»\n«0000.5e00.5301»",
     "00:00:5e:00:53\n00:00:5e:00:53:01:02\n00:00-5e:00:53:01"},
    {"phone", Kind::kPhone, Grammar::kPhone, "", "", 0.5F, 0.75F, 0.92F,
     "phone phones telephone tel cell cellphone mobile mob fax call calling called callback call_me reach reached dial "
     "contact ring answering office hotline whatsapp sms text_me viber landline voicemail ph number_is "
     "telefon telefonnummer telefonnr tfn tlf mobil mobilnummer mobiltelefon ringa ringer hemtelefon arbete växel "
     "kontakta nås 电话 手机 手机号 手机号码 联系电话 电话号码 联系方式 致电 拨打 传真 热线 座机 微信",
     "call «(88) 684-334» now\nThey're not answering at «785 8949»\nfax «001-748-088-2851x818»\n"
     "phone «+46 70 174 06 05».\ntelefon «070-174 06 05»\n手机«13912345678»，\nring «08-465 004 00»\n"
     "«(555) 010-0199»\ncall «555.010.0123»\n«+44 20 7946 0958» ext\nyou can call «73 448 266»",
     "call 1234\nin 1990-2000 they called\norder 5559901\nphone 2026-03-12\nIP 192.0.2.44\nfor 1 234 567 kronor"},

    // --- time ---
    {"date-of-birth", Kind::kDateOfBirth, Grammar::kBirthDate, "", "", 0, 0, 0.95F,
     "born birth dob birthday birthdate date_of_birth d.o.b. birth_date dateofbirth "
     "född född_den födelsedatum födelsedag födelsedata födelsetid fyller född:e 出生 出生日期 生日 出生年月 生于 "
     "出生于",
     "She was born on «12/15/1995».\nDOB: «1987-03-05»\nfödd den «5 mars 1987» i\n出生日期：«1987年3月5日»\n"
     "date of birth. It's «3/23/1940»",
     "signed on 1987-03-05\nborn on 13/13/1987"},
    {"date", Kind::kDate, Grammar::kDate, "", "", 0.8F, 0.8F, 0.85F, "date dated datum den when on 日期 时间",
     "since «11/15/1979».\nWhen: «1993-01-04 14:56:41» x\non «5 March 1987» and\non «March 5th, 1987» and\nden «5 mars "
     "1987»\n"
     "于«1987年3月5日»在\n«2026-03-12T09:10:11Z» INFO\nthe «5th of March»\n«31.12.2025»",
     "31/31/2020\n2026-13-01\nversion 1.2.3\nroom 12-14\n10/10 people\nMarch on"},
    {"age", Kind::kAge, Grammar::kAge, "", "", 0.6F, 0.7F, 0.9F, "age aged ages ålder åldern 年龄 岁数",
     "she is «34» years old\nthe «34»-year-old\naged «34» and\nÅlder: «34»\nen «34»-årig man\nhan är «34» år "
     "gammal\n今年«34»岁",
     "34 years ago\nfor 34 years\ni 34 år\npage 34\n340 years old"},

    // --- secrets ---
    {"private-key", Kind::kSecret, Grammar::kKeyBlock, "private_key", "", 1.0F, 1.0F, 1.0F, "", "",
     "-----BEGIN CERTIFICATE-----"},
    {"api-key", Kind::kSecret, Grammar::kKeyPrefix, "api_key", "", 0.97F, 0.97F, 0.97F, "", "",
     "AKIA and more\nghp_short1"},
    {"password", Kind::kSecret, Grammar::kAssignment, "password", "", 0.6F, 0.8F, 0.9F, "",
     "password=«hunter2x» and\n{\"api_key\": \"«3f9a-77b1»\"}\nPWD: "
     "«S3cret!»\n密码：«abc12345»\nlösenord=«kattenMisse»",
     "password=\npassword: required\nthe secret: never give up\npassword=****\npassword=[PASSWORD]\ntoken: null"},
};

static_assert(std::size(kRows) <= 62);

}  // namespace

std::span<const Recogniser> Recognisers() { return kRows; }

}  // namespace strongroom::detect::internal
