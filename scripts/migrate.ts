import { databaseUrl, fail } from "./environment.ts";
import { migrate } from "./migrations.ts";

const applied = await migrate(databaseUrl()).catch((error: Error) => fail(error.message));
console.log(applied.length ? `Applied ${applied.join(", ")}.` : "The schema is up to date.");
