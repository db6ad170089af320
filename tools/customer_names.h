// Names, places and remarks for invented customers.  Common names of each language, written down from general
// knowledge; no list of people was used, and any pair is put together by chance.
#pragma once

#include <array>
#include <string_view>

namespace strongroom::tools {

// Chinese names carry their pinyin, from which e-mail addresses are made; others carry "".
struct Name {
  std::string_view text;
  std::string_view latin = "";
};

inline constexpr Name kEnglishWomen[] = {
    {"Abigail"},   {"Aisha"},    {"Alice"},     {"Amanda"},    {"Amelia"},  {"Amy"},      {"Angela"},    {"Anna"},
    {"Aoife"},     {"Ava"},      {"Barbara"},   {"Bethany"},   {"Bridget"}, {"Caitlin"},  {"Carol"},     {"Catherine"},
    {"Charlotte"}, {"Chloe"},    {"Ciara"},     {"Claire"},    {"Daisy"},   {"Deborah"},  {"Diane"},     {"Donna"},
    {"Eleanor"},   {"Eliza"},    {"Elizabeth"}, {"Ella"},      {"Emily"},   {"Emma"},     {"Evelyn"},    {"Fatima"},
    {"Fiona"},     {"Florence"}, {"Frances"},   {"Freya"},     {"Georgia"}, {"Grace"},    {"Hannah"},    {"Harriet"},
    {"Hazel"},     {"Heather"},  {"Helen"},     {"Holly"},     {"Imogen"},  {"Isabella"}, {"Jane"},      {"Jasmine"},
    {"Jennifer"},  {"Jessica"},  {"Joanne"},    {"Josephine"}, {"Julia"},   {"Karen"},    {"Kate"},      {"Kelly"},
    {"Laura"},     {"Lauren"},   {"Leah"},      {"Lily"},      {"Linda"},   {"Louise"},   {"Lucy"},      {"Madison"},
    {"Margaret"},  {"Mary"},     {"Matilda"},   {"Megan"},     {"Melissa"}, {"Mia"},      {"Michelle"},  {"Molly"},
    {"Nancy"},     {"Naomi"},    {"Natalie"},   {"Niamh"},     {"Nicole"},  {"Olivia"},   {"Orla"},      {"Patricia"},
    {"Phoebe"},    {"Poppy"},    {"Priya"},     {"Rachel"},    {"Rebecca"}, {"Rose"},     {"Ruby"},      {"Ruth"},
    {"Samantha"},  {"Sarah"},    {"Sharon"},    {"Siobhán"},   {"Sophia"},  {"Sophie"},   {"Stephanie"}, {"Susan"},
    {"Tracy"},     {"Victoria"}, {"Violet"},    {"Zoë"}};

inline constexpr Name kEnglishMen[] = {
    {"Aaron"},   {"Adam"},      {"Aidan"},    {"Alan"},        {"Albert"},   {"Alexander"}, {"Alfie"},   {"Andrew"},
    {"Anthony"}, {"Archie"},    {"Arthur"},   {"Barry"},       {"Benjamin"}, {"Brandon"},   {"Brendan"}, {"Brian"},
    {"Callum"},  {"Cameron"},   {"Charles"},  {"Christopher"}, {"Cian"},     {"Colin"},     {"Conor"},   {"Craig"},
    {"Daniel"},  {"Darren"},    {"David"},    {"Declan"},      {"Dennis"},   {"Dominic"},   {"Donald"},  {"Douglas"},
    {"Dylan"},   {"Edward"},    {"Elliot"},   {"Eoin"},        {"Eric"},     {"Ethan"},     {"Finn"},    {"Francis"},
    {"Frank"},   {"Frederick"}, {"Gareth"},   {"Gary"},        {"George"},   {"Gerald"},    {"Graham"},  {"Gregory"},
    {"Harry"},   {"Harvey"},    {"Henry"},    {"Hugh"},        {"Ian"},      {"Isaac"},     {"Jack"},    {"Jacob"},
    {"James"},   {"Jason"},     {"Jeffrey"},  {"John"},        {"Jonathan"}, {"Joseph"},    {"Joshua"},  {"Keith"},
    {"Kenneth"}, {"Kevin"},     {"Kieran"},   {"Lawrence"},    {"Leo"},      {"Lewis"},     {"Liam"},    {"Louis"},
    {"Lucas"},   {"Luke"},      {"Malcolm"},  {"Mark"},        {"Martin"},   {"Matthew"},   {"Michael"}, {"Mohammed"},
    {"Nathan"},  {"Neil"},      {"Nicholas"}, {"Noah"},        {"Oliver"},   {"Oscar"},     {"Patrick"}, {"Paul"},
    {"Peter"},   {"Philip"},    {"Raymond"},  {"Richard"},     {"Robert"},   {"Ronan"},     {"Rory"},    {"Ryan"},
    {"Samuel"},  {"Sean"},      {"Simon"},    {"Stephen"},     {"Theodore"}, {"Thomas"},    {"Timothy"}, {"Tyler"},
    {"Vincent"}, {"Walter"},    {"William"}};

inline constexpr Name kEnglishFamilies[] = {
    {"Adams"},       {"Ahmed"},    {"Allen"},    {"Anderson"},  {"Bailey"},     {"Baker"},    {"Barnes"},
    {"Begum"},       {"Bell"},     {"Bennett"},  {"Brennan"},   {"Brooks"},     {"Brown"},    {"Butler"},
    {"Byrne"},       {"Campbell"}, {"Carter"},   {"Chapman"},   {"Clark"},      {"Clarke"},   {"Cole"},
    {"Collins"},     {"Connolly"}, {"Cook"},     {"Cooper"},    {"Cox"},        {"Cruz"},     {"Davies"},
    {"Davis"},       {"Dixon"},    {"Doyle"},    {"Edwards"},   {"Ellis"},      {"Evans"},    {"Fisher"},
    {"Fletcher"},    {"Foster"},   {"Fox"},      {"Gallagher"}, {"Garcia"},     {"Gibson"},   {"Graham"},
    {"Grant"},       {"Gray"},     {"Green"},    {"Griffiths"}, {"Hall"},       {"Hamilton"}, {"Harris"},
    {"Harrison"},    {"Harvey"},   {"Hayes"},    {"Hernandez"}, {"Hill"},       {"Holmes"},   {"Howard"},
    {"Hughes"},      {"Hunt"},     {"Hunter"},   {"Hussain"},   {"Jackson"},    {"James"},    {"Jenkins"},
    {"Johnson"},     {"Johnston"}, {"Jones"},    {"Kaur"},      {"Kelly"},      {"Kennedy"},  {"Khan"},
    {"King"},        {"Knight"},   {"Lee"},      {"Lewis"},     {"Lopez"},      {"Lynch"},    {"MacDonald"},
    {"Marshall"},    {"Martin"},   {"Martinez"}, {"Mason"},     {"Matthews"},   {"McCarthy"}, {"Miller"},
    {"Mills"},       {"Mitchell"}, {"Moore"},    {"Morgan"},    {"Morris"},     {"Murphy"},   {"Murray"},
    {"Nguyen"},      {"O'Brien"},  {"O'Connor"}, {"O'Neill"},   {"O'Sullivan"}, {"Owen"},     {"Palmer"},
    {"Parker"},      {"Patel"},    {"Phillips"}, {"Powell"},    {"Price"},      {"Quinn"},    {"Reid"},
    {"Reynolds"},    {"Richards"}, {"Roberts"},  {"Robinson"},  {"Rodriguez"},  {"Rogers"},   {"Ross"},
    {"Russell"},     {"Ryan"},     {"Scott"},    {"Shaw"},      {"Simpson"},    {"Singh"},    {"Smith"},
    {"Smith-Jones"}, {"Stevens"},  {"Stewart"},  {"Stone"},     {"Taylor"},     {"Thomas"},   {"Thompson"},
    {"Turner"},      {"Walker"},   {"Walsh"},    {"Ward"},      {"Watson"},     {"Webb"},     {"White"},
    {"Wilkinson"},   {"Williams"}, {"Wilson"},   {"Wood"},      {"Wright"},     {"Young"}};

inline constexpr Name kSwedishWomen[] = {
    {"Agneta"},    {"Alexandra"}, {"Alice"},    {"Alma"},    {"Alva"},      {"Amanda"},    {"Anita"},    {"Ann"},
    {"Anna"},      {"Anneli"},    {"Annika"},   {"Astrid"},  {"Barbro"},    {"Berit"},     {"Birgitta"}, {"Britt"},
    {"Camilla"},   {"Carina"},    {"Caroline"}, {"Cecilia"}, {"Charlotte"}, {"Christina"}, {"Ebba"},     {"Elin"},
    {"Elisabeth"}, {"Ella"},      {"Ellen"},    {"Elsa"},    {"Emelie"},    {"Emma"},      {"Erika"},    {"Ester"},
    {"Eva"},       {"Fatima"},    {"Felicia"},  {"Freja"},   {"Frida"},     {"Gabriella"}, {"Gunilla"},  {"Gunnel"},
    {"Hanna"},     {"Hedda"},     {"Helena"},   {"Ida"},     {"Inga-Lill"}, {"Ingegerd"},  {"Inger"},    {"Ingrid"},
    {"Irene"},     {"Isabelle"},  {"Jenny"},    {"Jessica"}, {"Johanna"},   {"Josefin"},   {"Julia"},    {"Kajsa"},
    {"Karin"},     {"Katarina"},  {"Kerstin"},  {"Klara"},   {"Kristina"},  {"Lena"},      {"Lilly"},    {"Linda"},
    {"Linnéa"},    {"Lisa"},      {"Louise"},   {"Lovisa"},  {"Madeleine"}, {"Maj"},       {"Maja"},     {"Malin"},
    {"Margareta"}, {"Maria"},     {"Marianne"}, {"Marie"},   {"Märta"},     {"Mikaela"},   {"Moa"},      {"Mona"},
    {"Monica"},    {"Nathalie"},  {"Nora"},     {"Olivia"},  {"Pernilla"},  {"Pia"},       {"Rebecka"},  {"Rut"},
    {"Sandra"},    {"Sara"},      {"Selma"},    {"Signe"},   {"Siv"},       {"Sofia"},     {"Susanne"},  {"Therese"},
    {"Tove"},      {"Tuva"},      {"Ulla"},     {"Ulrika"},  {"Vera"},      {"Viktoria"},  {"Wilma"},    {"Yvonne"},
    {"Åsa"}};

inline constexpr Name kSwedishMen[] = {
    {"Adam"},     {"Albin"},    {"Alexander"}, {"Ali"},         {"Anders"},   {"Andreas"}, {"Anton"},  {"Arne"},
    {"Arvid"},    {"August"},   {"Axel"},      {"Bengt"},       {"Benjamin"}, {"Bertil"},  {"Björn"},  {"Bo"},
    {"Carl"},     {"Christer"}, {"Christian"}, {"Christoffer"}, {"Claes"},    {"Dan"},     {"Daniel"}, {"David"},
    {"Dennis"},   {"Ebbe"},     {"Edvin"},     {"Elias"},       {"Emil"},     {"Erik"},    {"Felix"},  {"Filip"},
    {"Folke"},    {"Fredrik"},  {"Gabriel"},   {"Gunnar"},      {"Gustav"},   {"Göran"},   {"Hampus"}, {"Hans"},
    {"Harald"},   {"Henrik"},   {"Hugo"},      {"Håkan"},       {"Ingemar"},  {"Isak"},    {"Ivar"},   {"Jakob"},
    {"Jan"},      {"Jens"},     {"Jesper"},    {"Jimmy"},       {"Joakim"},   {"Joel"},    {"Johan"},  {"Johannes"},
    {"John"},     {"Jonas"},    {"Jonathan"},  {"Josef"},       {"Karl"},     {"Kent"},    {"Kevin"},  {"Kjell"},
    {"Kristian"}, {"Kurt"},     {"Lars"},      {"Leif"},        {"Lennart"},  {"Leo"},     {"Linus"},  {"Ludvig"},
    {"Lukas"},    {"Magnus"},   {"Marcus"},    {"Martin"},      {"Mats"},     {"Mattias"}, {"Melvin"}, {"Mikael"},
    {"Mohamed"},  {"Niklas"},   {"Nils"},      {"Noah"},        {"Ola"},      {"Olof"},    {"Oskar"},  {"Otto"},
    {"Patrik"},   {"Per"},      {"Peter"},     {"Pontus"},      {"Rasmus"},   {"Rickard"}, {"Robert"}, {"Robin"},
    {"Roger"},    {"Rolf"},     {"Samuel"},    {"Sebastian"},   {"Simon"},    {"Stefan"},  {"Sten"},   {"Stig"},
    {"Sven"},     {"Theodor"},  {"Thomas"},    {"Tobias"},      {"Tommy"},    {"Ulf"},     {"Viktor"}, {"Viggo"},
    {"Vincent"},  {"William"},  {"Åke"},       {"Örjan"}};

inline constexpr Name kSwedishFamilies[] = {
    {"Abrahamsson"}, {"Ahmed"},      {"Ali"},        {"Andersson"},  {"Andreasson"}, {"Arvidsson"},   {"Axelsson"},
    {"Bengtsson"},   {"Berg"},       {"Berggren"},   {"Berglund"},   {"Bergman"},    {"Bergqvist"},   {"Bergström"},
    {"Björk"},       {"Björklund"},  {"Blom"},       {"Blomqvist"},  {"Carlsson"},   {"Claesson"},    {"Dahl"},
    {"Dahlberg"},    {"Danielsson"}, {"Ek"},         {"Eklund"},     {"Ekström"},    {"Eliasson"},    {"Engström"},
    {"Ericsson"},    {"Eriksson"},   {"Falk"},       {"Forsberg"},   {"Fransson"},   {"Fredriksson"}, {"Friberg"},
    {"Gunnarsson"},  {"Gustafsson"}, {"Göransson"},  {"Hansen"},     {"Hansson"},    {"Hassan"},      {"Hedlund"},
    {"Hellström"},   {"Henriksson"}, {"Hermansson"}, {"Holm"},       {"Holmberg"},   {"Holmgren"},    {"Holmqvist"},
    {"Håkansson"},   {"Isaksson"},   {"Ivarsson"},   {"Jakobsson"},  {"Jansson"},    {"Johansson"},   {"Jonasson"},
    {"Jonsson"},     {"Jönsson"},    {"Karlsson"},   {"Klang"},      {"Larsson"},    {"Lind"},        {"Lindberg"},
    {"Lindblom"},    {"Lindgren"},   {"Lindholm"},   {"Lindqvist"},  {"Lindström"},  {"Lund"},        {"Lundberg"},
    {"Lundgren"},    {"Lundin"},     {"Lundqvist"},  {"Lundström"},  {"Löfgren"},    {"Magnusson"},   {"Martinsson"},
    {"Mattsson"},    {"Mohamed"},    {"Månsson"},    {"Mårtensson"}, {"Nguyen"},     {"Nilsson"},     {"Norberg"},
    {"Nordin"},      {"Nordström"},  {"Nyberg"},     {"Nyman"},      {"Nyström"},    {"Olofsson"},    {"Olsson"},
    {"Persson"},     {"Pettersson"}, {"Pålsson"},    {"Roos"},       {"Samuelsson"}, {"Sandberg"},    {"Sandström"},
    {"Sjöberg"},     {"Sjögren"},    {"Ström"},      {"Strömberg"},  {"Sundberg"},   {"Sundqvist"},   {"Sundström"},
    {"Svensson"},    {"Söderberg"},  {"Söderström"}, {"Viklund"},    {"Wallin"},     {"Westerberg"},  {"Wikström"},
    {"Åberg"},       {"Åkesson"},    {"Öberg"},      {"Öhman"}};

inline constexpr Name kChineseWomen[] = {
    {"芳", "fang"},       {"娜", "na"},         {"敏", "min"},       {"静", "jing"},      {"丽", "li"},
    {"艳", "yan"},        {"娟", "juan"},       {"霞", "xia"},       {"燕", "yan"},       {"玲", "ling"},
    {"洁", "jie"},        {"梅", "mei"},        {"莉", "li"},        {"兰", "lan"},       {"婷", "ting"},
    {"雪", "xue"},        {"琳", "lin"},        {"倩", "qian"},      {"颖", "ying"},      {"慧", "hui"},
    {"桂英", "guiying"},  {"秀英", "xiuying"},  {"玉兰", "yulan"},   {"秀兰", "xiulan"},  {"桂兰", "guilan"},
    {"秀珍", "xiuzhen"},  {"凤英", "fengying"}, {"玉梅", "yumei"},   {"丽娟", "lijuan"},  {"晓燕", "xiaoyan"},
    {"晓红", "xiaohong"}, {"海燕", "haiyan"},   {"春梅", "chunmei"}, {"建华", "jianhua"}, {"婷婷", "tingting"},
    {"丽华", "lihua"},    {"雪梅", "xuemei"},   {"静怡", "jingyi"},  {"雨婷", "yuting"},  {"雅婷", "yating"},
    {"欣怡", "xinyi"},    {"诗涵", "shihan"},   {"梓涵", "zihan"},   {"欣妍", "xinyan"},  {"可馨", "kexin"},
    {"思琪", "siqi"},     {"佳怡", "jiayi"},    {"子涵", "zihan"},   {"雨欣", "yuxin"},   {"梦瑶", "mengyao"},
    {"一诺", "yinuo"},    {"依诺", "yinuo"},    {"若曦", "ruoxi"},   {"语桐", "yutong"},  {"晓丽", "xiaoli"},
    {"美玲", "meiling"},  {"文静", "wenjing"},  {"佳琪", "jiaqi"},   {"丹", "dan"},       {"萍", "ping"}};

inline constexpr Name kChineseMen[] = {
    {"伟", "wei"},         {"强", "qiang"},      {"磊", "lei"},        {"军", "jun"},        {"洋", "yang"},
    {"勇", "yong"},        {"杰", "jie"},        {"涛", "tao"},        {"明", "ming"},       {"超", "chao"},
    {"刚", "gang"},        {"平", "ping"},       {"辉", "hui"},        {"鹏", "peng"},       {"斌", "bin"},
    {"波", "bo"},          {"宇", "yu"},         {"浩", "hao"},        {"凯", "kai"},        {"飞", "fei"},
    {"建国", "jianguo"},   {"建军", "jianjun"},  {"国强", "guoqiang"}, {"志强", "zhiqiang"}, {"志明", "zhiming"},
    {"志刚", "zhigang"},   {"建平", "jianping"}, {"海涛", "haitao"},   {"文斌", "wenbin"},   {"晓东", "xiaodong"},
    {"永强", "yongqiang"}, {"金龙", "jinlong"},  {"德华", "dehua"},    {"子轩", "zixuan"},   {"浩然", "haoran"},
    {"宇轩", "yuxuan"},    {"浩宇", "haoyu"},    {"梓轩", "zixuan"},   {"俊杰", "junjie"},   {"子豪", "zihao"},
    {"天宇", "tianyu"},    {"嘉豪", "jiahao"},   {"博文", "bowen"},    {"子墨", "zimo"},     {"沐宸", "muchen"},
    {"浩轩", "haoxuan"},   {"一鸣", "yiming"},   {"家明", "jiaming"},  {"文博", "wenbo"},    {"立新", "lixin"},
    {"国华", "guohua"},    {"少华", "shaohua"},  {"学军", "xuejun"},   {"振华", "zhenhua"},  {"春生", "chunsheng"},
    {"大伟", "dawei"},     {"思远", "siyuan"},   {"明轩", "mingxuan"}, {"峰", "feng"},       {"亮", "liang"}};

inline constexpr Name kChineseFamilies[] = {
    {"王", "wang"},   {"李", "li"},    {"张", "zhang"}, {"刘", "liu"},   {"陈", "chen"},     {"杨", "yang"},
    {"赵", "zhao"},   {"黄", "huang"}, {"周", "zhou"},  {"吴", "wu"},    {"徐", "xu"},       {"孙", "sun"},
    {"胡", "hu"},     {"朱", "zhu"},   {"高", "gao"},   {"林", "lin"},   {"何", "he"},       {"郭", "guo"},
    {"马", "ma"},     {"罗", "luo"},   {"梁", "liang"}, {"宋", "song"},  {"郑", "zheng"},    {"谢", "xie"},
    {"韩", "han"},    {"唐", "tang"},  {"冯", "feng"},  {"于", "yu"},    {"董", "dong"},     {"萧", "xiao"},
    {"程", "cheng"},  {"曹", "cao"},   {"袁", "yuan"},  {"邓", "deng"},  {"许", "xu"},       {"傅", "fu"},
    {"沈", "shen"},   {"曾", "zeng"},  {"彭", "peng"},  {"吕", "lyu"},   {"苏", "su"},       {"卢", "lu"},
    {"蒋", "jiang"},  {"蔡", "cai"},   {"贾", "jia"},   {"丁", "ding"},  {"魏", "wei"},      {"薛", "xue"},
    {"叶", "ye"},     {"阎", "yan"},   {"余", "yu"},    {"潘", "pan"},   {"杜", "du"},       {"戴", "dai"},
    {"夏", "xia"},    {"钟", "zhong"}, {"汪", "wang"},  {"田", "tian"},  {"任", "ren"},      {"姜", "jiang"},
    {"范", "fan"},    {"方", "fang"},  {"石", "shi"},   {"姚", "yao"},   {"谭", "tan"},      {"廖", "liao"},
    {"邹", "zou"},    {"熊", "xiong"}, {"金", "jin"},   {"陆", "lu"},    {"郝", "hao"},      {"孔", "kong"},
    {"白", "bai"},    {"崔", "cui"},   {"康", "kang"},  {"毛", "mao"},   {"邱", "qiu"},      {"秦", "qin"},
    {"江", "jiang"},  {"史", "shi"},   {"顾", "gu"},    {"侯", "hou"},   {"邵", "shao"},     {"孟", "meng"},
    {"龙", "long"},   {"万", "wan"},   {"段", "duan"},  {"雷", "lei"},   {"钱", "qian"},     {"汤", "tang"},
    {"尹", "yin"},    {"黎", "li"},    {"易", "yi"},    {"常", "chang"}, {"武", "wu"},       {"乔", "qiao"},
    {"贺", "he"},     {"赖", "lai"},   {"龚", "gong"},  {"文", "wen"},   {"欧阳", "ouyang"}, {"司马", "sima"},
    {"诸葛", "zhuge"}};

// A city, how its postcodes begin ('#' a digit, '@' a letter), and the numbers kept free for fiction there.
struct City {
  std::string_view name;
  std::string_view postcode;
  // National form, '#' a digit; "" where only the mobile range is free.
  std::string_view landline = "";
  // China: what an identity number of the province begins with.
  std::string_view province = "";
};

// Ofcom: "Telephone numbers for use in TV and radio drama programmes".
inline constexpr City kBritishCities[] = {{"London", "SE1# #@@", "020 7946 0###"},
                                          {"Leeds", "LS# #@@", "0113 496 0###"},
                                          {"Sheffield", "S1# #@@", "0114 496 0###"},
                                          {"Nottingham", "NG# #@@", "0115 496 0###"},
                                          {"Leicester", "LE# #@@", "0116 496 0###"},
                                          {"Bristol", "BS# #@@", "0117 496 0###"},
                                          {"Reading", "RG# #@@", "0118 496 0###"},
                                          {"Birmingham", "B1# #@@", "0121 496 0###"},
                                          {"Edinburgh", "EH# #@@", "0131 496 0###"},
                                          {"Glasgow", "G1# #@@", "0141 496 0###"},
                                          {"Liverpool", "L1# #@@", "0151 496 0###"},
                                          {"Manchester", "M1# #@@", "0161 496 0###"},
                                          {"Newcastle upon Tyne", "NE# #@@", "0191 498 0###"},
                                          {"Cardiff", "CF1# #@@", "029 2018 0###"},
                                          {"Norwich", "NR# #@@", "01632 960###"},
                                          {"Exeter", "EX# #@@", "01632 960###"},
                                          {"York", "YO1# #@@", "01632 960###"},
                                          {"Oxford", "OX# #@@", "01632 960###"}};
inline constexpr std::string_view kBritishStreets[] = {
    "High Street",    "Station Road",     "Church Lane",  "Victoria Road", "Park Avenue",
    "Mill Lane",      "Queens Road",      "Manor Close",  "The Crescent",  "Kings Drive",
    "Albert Terrace", "Springfield Road", "North Street", "Orchard Way",   "St John's Hill"};

// North American Numbering Plan: 555-0100 to 555-0199 in every area.
inline constexpr City kAmericanCities[] = {
    {"Portland, OR", "972##", "(503) 555-01##"},  {"Seattle, WA", "981##", "(206) 555-01##"},
    {"Austin, TX", "787##", "(512) 555-01##"},    {"Denver, CO", "802##", "(303) 555-01##"},
    {"Chicago, IL", "606##", "(312) 555-01##"},   {"Columbus, OH", "432##", "(614) 555-01##"},
    {"Boston, MA", "021##", "(617) 555-01##"},    {"Atlanta, GA", "303##", "(404) 555-01##"},
    {"Nashville, TN", "372##", "(615) 555-01##"}, {"Phoenix, AZ", "850##", "(602) 555-01##"},
    {"Madison, WI", "537##", "(608) 555-01##"},   {"Sacramento, CA", "958##", "(916) 555-01##"}};
inline constexpr std::string_view kAmericanStreets[] = {
    "Maple Street",   "Oak Avenue",  "2nd Street", "Washington Blvd", "Lake Drive", "Cedar Lane",
    "Hillcrest Road", "Sunset Blvd", "River Road", "Elm Street",      "Pine Court", "Lincoln Way"};

// ComReg keeps 020 91x xxxx for drama.
inline constexpr City kIrishCities[] = {{"Dublin", "D0# @#@#"},
                                        {"Cork", "T12 @#@#"},
                                        {"Galway", "H91 @#@#"},
                                        {"Limerick", "V94 @#@#"},
                                        {"Waterford", "X91 @#@#"}};
inline constexpr std::string_view kIrishStreets[] = {"O'Connell Street", "Patrick Street", "Shop Street",
                                                     "Grafton Court",    "Chapel Road",    "Strand Road",
                                                     "Abbey Park",       "Castle View"};

// PTS keeps ranges in four cities and one for mobiles free for fiction.
inline constexpr City kSwedishCities[] = {{"Stockholm", "11# ##", "08-465004##"},
                                          {"Göteborg", "41# ##", "031-39006##"},
                                          {"Malmö", "21# ##", "040-62804##"},
                                          {"Kiruna", "981 ##", "0980-3192##"},
                                          {"Uppsala", "75# ##"},
                                          {"Västerås", "72# ##"},
                                          {"Örebro", "70# ##"},
                                          {"Linköping", "58# ##"},
                                          {"Helsingborg", "25# ##"},
                                          {"Jönköping", "55# ##"},
                                          {"Norrköping", "60# ##"},
                                          {"Lund", "22# ##"},
                                          {"Umeå", "90# ##"},
                                          {"Gävle", "80# ##"},
                                          {"Borås", "50# ##"},
                                          {"Sundsvall", "85# ##"},
                                          {"Växjö", "35# ##"},
                                          {"Åre", "837 ##"}};
inline constexpr std::string_view kSwedishStreets[] = {
    "Storgatan",   "Drottninggatan", "Kungsgatan",      "Skolgatan",  "Björkvägen",   "Järnvägsgatan",
    "Ringvägen",   "Kyrkogatan",     "Strandvägen",     "Ängsvägen",  "Östra Ågatan", "Norra Långgatan",
    "Södra vägen", "Tallvägen",      "Hantverkargatan", "Solrosvägen"};

inline constexpr City kChineseCities[] = {
    {"北京市", "1000##", "", "11"}, {"上海市", "2000##", "", "31"}, {"广州市", "5100##", "", "44"},
    {"成都市", "6100##", "", "51"}, {"杭州市", "3100##", "", "33"}, {"南京市", "2100##", "", "32"},
    {"武汉市", "4300##", "", "42"}, {"西安市", "7100##", "", "61"}, {"长沙市", "4100##", "", "43"},
    {"青岛市", "2660##", "", "37"}, {"沈阳市", "1100##", "", "21"}, {"重庆市", "4000##", "", "50"}};
inline constexpr std::string_view kChineseStreets[] = {"人民路", "中山路", "解放路", "建设路", "和平路", "新华路",
                                                       "文化路", "长江路", "建国路", "学院路", "滨江路", "光明街"};

// Remarks on health, the most sensitive column.  Some need quoting in a CSV file, on purpose.
inline constexpr std::string_view kEnglishHealth[] = {
    "Type 1 diabetes, carries insulin", "Severe peanut allergy",       "Asthma; asks for ground-floor rooms",
    "Wheelchair user, needs a lift",    "Epilepsy, last seizure 2023", "Says \"no penicillin, ever\"",
    "Hearing aid in the left ear",      "Pregnant, due in spring",     "Coeliac disease"};
inline constexpr std::string_view kSwedishHealth[] = {"Diabetes typ 1, har insulin med sig",
                                                      "Svår jordnötsallergi",
                                                      "Astma",
                                                      "Rullstolsburen, behöver hiss",
                                                      "Epilepsi, senaste anfallet 2023",
                                                      "Glutenintolerant",
                                                      "Hörapparat på vänster öra",
                                                      "Tål inte penicillin",
                                                      "Gravid, beräknad till våren"};
inline constexpr std::string_view kChineseHealth[] = {
    "一型糖尿病，随身携带胰岛素", "对花生严重过敏",     "哮喘",          "使用轮椅，需要电梯", "青霉素过敏",
    "高血压，每日服药",           "怀孕，预产期在春季", "左耳佩戴助听器"};

}  // namespace strongroom::tools
