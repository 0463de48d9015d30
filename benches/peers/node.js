// Counts with Node's own JSON.parse.

const { readFileSync } = require("node:fs");

for (const path of process.argv.slice(2)) {
  console.log(JSON.parse(readFileSync(path, "utf8")).messages.length);
}
