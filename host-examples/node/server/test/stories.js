// Sessions as people have them: with titles, dates and words, and each with its own kind of damage.

/** The time of the last message of all, in seconds since 1970: an hour ago. */
const NOW = Math.floor(Date.now() / 1000) - 3600;

const WORDS = [
  "Which trams go up to the castle in Lisbon?",
  "Line 28 does. It leaves from Martim Moniz, and it is full by nine.",
  "Could you write that as a table, with the times?",
  "Of course. The first column is the stop, the second one the time.",
  "And where do we eat? My sister does not eat fish.",
  "There is a small place behind the cathedral. It has soups, eggs and a good bread.",
];

/** When every conversation began: five hours before. */
const BEGIN = NOW - 5 * 3600;

/**
 * A message of a conversation, which differs from all others in its number.
 *
 * @param {number} at from 0
 */
function message(at) {
  const role = at % 2 === 0 ? "user" : "assistant";
  const content = `${WORDS[at % WORDS.length]} (${at + 1})`;
  return { role, content, timestamp: BEGIN + at * 90 };
}

/**
 * @param {string} id
 * @param {string} title
 * @param {object[]} messages
 * @param {number} [updated]
 */
export function story(id, title, messages, updated = NOW) {
  const about = { session_id: id, title, created_at: NOW - 900_000, updated_at: updated };
  return JSON.stringify({ ...about, message_count: messages.length, messages });
}

/**
 * The first messages of a conversation.
 *
 * @param {number} count
 */
export function messages(count) {
  return Array.from({ length: count }, (_, at) => message(at));
}

const LISBON = "20261127_174410_a1b2c3";
const OWN = [
  { role: "user", content: "Are you still there?", timestamp: NOW - 30 },
  {
    role: "assistant",
    content: [{ type: "text", text: "I am. Where were we?" }],
    timestamp: NOW - 20,
    tool_calls: [{ id: "1", type: "function", function: { name: "search_memory" } }],
  },
  { role: "user", content: "In Lisbon.", timestamp: NOW - 10 },
];

/** A session that has every kind of source. */
export const LISBON_FILES = {
  [`${LISBON}.json`]: story(LISBON, "Five days in Lisbon", [...messages(6), ...OWN]),
  [`${LISBON}.json.bak`]: story(LISBON, "Five days in Lisbon", messages(120), NOW - 7200),
  [`${LISBON}.json.replaced.1`]: story(LISBON, "Lisbon", messages(40), NOW - 90_000),
  [`${LISBON}.tmp.4711.139872`]: story(
    LISBON,
    "Five days in Lisbon",
    [...messages(126), ...OWN],
    NOW + 60,
  ),
  [`${LISBON}.sync-conflict-20261126-101010-ABCDEFG.json`]: story(LISBON, "Lisbon", messages(64)),
  [`${LISBON}.json.bak.1`]: story(LISBON, "Lisbon", messages(12), NOW - 400_000),
};

/** The ID of that session. */
export const LISBON_ID = LISBON;

/** A directory on a bad day. */
export const BAD_DAY = {
  ...LISBON_FILES,
  "20261126_090001_0f0f0f.json": story(
    "20261126_090001_0f0f0f",
    "Bread without kneading",
    [],
    NOW - 86_400,
  ),
  "20261126_090001_0f0f0f.json.bak": story(
    "20261126_090001_0f0f0f",
    "Bread without kneading",
    messages(58),
    NOW - 90_000,
  ),
  "20261120_221500_77aa10.json": story(
    "20261120_221500_77aa10",
    "Tax return 2025",
    messages(800),
    NOW - 690_000,
  ).slice(0, 60_000),
  "20261120_221500_77aa10.json.bak": story(
    "20261120_221500_77aa10",
    "Tax return 2025",
    messages(30),
    NOW - 700_000,
  ),
  "20261118_101112_5e5e5e.json.bak": story(
    "20261118_101112_5e5e5e",
    "A letter to the landlord",
    messages(24),
    NOW - 864_000,
  ),
  "20261101_080000_c0ffee.json": story(
    "20261101_080000_c0ffee",
    "Which coffee grinder",
    messages(16),
    NOW - 2_400_000,
  ),
  "20261002_120000_abcdef.json": story(
    "20261002_120000_abcdef",
    "Names for a cat",
    messages(9),
    NOW - 4_900_000,
  ),
  "20261002_120000_abcdef.json.bak": story(
    "20261002_120000_abcdef",
    "Names for a cat",
    messages(8),
    NOW - 4_900_100,
  ),
  "20260915_070707_dead01.json": "{",
};
