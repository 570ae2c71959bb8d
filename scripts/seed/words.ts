export const firstNames =
  "Ada Ahmed Aiko Alan Amara Ana Andrzej Anke Barbara Björn Carlos Chen Chidi Claire Dana Dmitri Edsger Elif Emeka Eva Fatima Felix Frances Giulia Grace Hana Hedy Hiro Ines Ivan Jana Jean João Karen Katherine Kofi Lars Leila Linus Luca Mái Margaret Marta Mei Niklaus Noor Olga Omar Paolo Priya Radia Ravi Rosa Sven Tariq Tim Ursula Vera Wei Yusuf Zoë".split(
    " ",
  );

export const lastNames =
  "Abara Adams Allen Bauer Becker Bianchi Brown Castro Chan Clarke Cohen Costa Díaz Dijkstra Dubois Dvořák Eriksson Evans Fischer Foster García Goldberg Hamilton Haddad Hansen Hopper Horvat Hughes Ito Ivanov Jensen Johnson Kaplan Kimura Kovács Kowalski Lamarr Larsen Lovelace Meyer Moreau Müller Nakamura Nguyen Novak O'Brien Okafor Perlman Petrov Popescu Ritchie Rossi Sato Schmidt Silva Smith Tanaka Thompson Turing Vega Wagner Weber Wilson Wirth Yilmaz Zhang".split(
    " ",
  );

/** What browsers of today say of themselves, and how often one meets them. */
export const agents: readonly (readonly [number, string])[] = [
  [
    30,
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
  ],
  [
    18,
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
  ],
  [
    15,
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
  ],
  [
    14,
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
  ],
  [
    8,
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
  ],
  [
    7,
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
  ],
  [5, "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0"],
  [3, "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"],
];

/** Where people are, and how many of them. */
export const places: readonly (readonly [number, { city: string; country: string }])[] = [
  [9, { city: "Berlin", country: "DE" }],
  [7, { city: "London", country: "GB" }],
  [6, { city: "Paris", country: "FR" }],
  [5, { city: "Amsterdam", country: "NL" }],
  [5, { city: "Zurich", country: "CH" }],
  [4, { city: "Warsaw", country: "PL" }],
  [4, { city: "Madrid", country: "ES" }],
  [3, { city: "Lagos", country: "NG" }],
  [3, { city: "New York", country: "US" }],
  [2, { city: "São Paulo", country: "BR" }],
  [2, { city: "Tokyo", country: "JP" }],
];

/** How much happens in each hour (UTC) of a day on which people work. */
export const hours = [2, 1, 1, 1, 2, 5, 14, 34, 58, 62, 54, 46, 40, 52, 56, 48, 40, 32, 26, 24, 20, 14, 8, 4];
/** And of one on which they do not. */
export const idleHours = [
  4, 2, 1, 1, 1, 2, 4, 8, 14, 20, 24, 24, 22, 22, 22, 22, 22, 22, 24, 26, 24, 18, 12, 7,
];
/** From Sunday. */
export const weekdays = [0.36, 1, 1.06, 1.02, 0.98, 0.86, 0.4];
