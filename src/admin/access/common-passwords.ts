// Passwords that guessers try first, and may therefore not be chosen. Put together here from well-known words, keyboard
// runs and endings instead of copied from a leaked list: some thousands, those of fewer than eight characters left out.

const WORDS = `password passwort passw0rd p@ssword p@ssw0rd pa55word pa$$word motdepasse contrasena senha parola haslo
  admin administrator administrateur adminadmin root toor superuser sysadmin system manager owner user username guest
  login logon welcome letmein letmein1 iloveyou loveyou ilovegod changeme changeit changethis default secret secret1
  topsecret private access security master supervisor operator service server database computer internet network
  qwerty qwertz azerty qwertyuiop qwertzuiop azertyuiop asdfghjkl asdfgh zxcvbnm zxcvbn qazwsx qazwsxedc 1qaz2wsx
  1q2w3e4r 1q2w3e4r5t q1w2e3r4 qweasd qweasdzxc asdasd zaq12wsx 1qazxsw2 monkey dragon master shadow sunshine princess
  football baseball basketball soccer hockey superman batman spiderman starwars pokemon naruto michael jennifer jessica
  ashley daniel charlie thomas jordan andrew joshua matthew robert anthony william nicole amanda michelle samantha
  hunter ranger killer trustno1 freedom whatever computer cookie flower summer winter spring autumn cheese pepper ginger
  chocolate butterfly liverpool chelsea arsenal barcelona juventus ferrari mercedes corvette mustang harley yamaha
  banana orange purple silver golden diamond jasmine tigger buster maggie bailey snoopy mickey hello helloworld goodluck
  lovely babygirl angel angels jesus christ blessed forever family friends google facebook samsung apple android windows
  linux ubuntu debian docker postgres mysql oracle cisco router gateway switch firewall raspberry openai chatgpt claude
  anthropic gemini codex apirouter api-router api_router router1999 llmgateway token apikey testtest test tester testing
  demo temp temporary sample example foobar nothing abc123 abcd1234 a1b2c3d4 aa123456 woaini woaini1314 5201314 iloveu
  wangyut2 woaiwojia qq123456 asd123456 zxc123456 qwe123456 abc123456 a123456789 aini1314 zhongguo beijing shanghai
  company office business marketing sales support helpdesk backup monitor production development staging`
  .split(/\s+/)
  .filter((word) => word !== "");

const ENDINGS = [
  ...[
    "",
    "0",
    "1",
    "2",
    "3",
    "7",
    "9",
    "!",
    "@",
    "#",
    "?",
    ".",
    "*",
    "01",
    "00",
    "11",
    "12",
    "22",
    "69",
    "77",
    "88",
    "99",
  ],
  ...[
    "007",
    "100",
    "111",
    "123",
    "321",
    "666",
    "777",
    "888",
    "999",
    "1!",
    "123!",
    "@123",
    "#123",
    "_123",
    "1234",
    "4321",
  ],
  ...[
    "12345",
    "123456",
    "1234!",
    "@1234",
    "1985",
    "1990",
    "1995",
    "1999",
    "2000",
    "2010",
    "2015",
    "2020",
    "2021",
    "2022",
  ],
  ...[
    "2023",
    "2024",
    "2025",
    "2026",
    "2026!",
    "2025!",
    "!!",
    "!!!",
    "123123",
    "1122",
    "1313",
    "1314",
    "520",
    "abc",
    "qwe",
  ],
];

const RUNS = ["0123456789", "1234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm"];

/** Shortest password that is allowed at all; the list holds nothing shorter. */
const MIN_LENGTH = 8;

/** All entries, lower case. Built at each call: it is asked for when a password is chosen, which is seldom. */
export function commonPasswords(): ReadonlySet<string> {
  const entries = new Set<string>();
  const add = (text: string) => {
    if (text.length >= MIN_LENGTH) entries.add(text);
  };
  for (const word of WORDS) for (const ending of ENDINGS) add(word + ending);
  for (const word of WORDS) add(word + word);
  for (const run of RUNS) {
    const there = run + run;
    const back = [...there].reverse().join("");
    for (let length = MIN_LENGTH; length <= Math.min(16, there.length); length++) {
      for (const text of [there, back])
        for (let at = 0; at + length <= text.length && at < run.length; at++) add(text.slice(at, at + length));
    }
  }
  for (let year = 1950; year <= 2030; year++)
    for (const pair of ["0101", "1231", "1111", "1225"]) add(`${year}${pair}`);
  return entries;
}

/** Whether a password is one of the common ones, or one short piece over and over (`aaaaaaaa`, `12121212`, `abcabcabc`). */
export function isCommonPassword(password: string): boolean {
  const lower = password.toLowerCase();
  for (let size = 1; size <= 4; size++) {
    if (
      lower.length >= size * 2 &&
      lower ===
        lower
          .slice(0, size)
          .repeat(Math.ceil(lower.length / size))
          .slice(0, lower.length)
    )
      return true;
  }
  return commonPasswords().has(lower);
}
