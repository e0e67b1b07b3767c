// Reads a JSON list of SOQL statements on standard input, writes a JSON list of booleans: is the syntax right?
// Usage: node soql_oracle.mjs <folder with node_modules>
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const require = createRequire(join(resolve(process.argv[2]), "package.json"));
const { isQueryValid } = require("@jetstreamapp/soql-parser-js");
const statements = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(statements.map((text) => isQueryValid(text))));
