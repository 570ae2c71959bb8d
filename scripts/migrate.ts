import { databaseUrl, fail, run } from "./environment.ts";
import { migrate } from "./migrations.ts";

await run(async () => {
  const applied = await migrate(databaseUrl()).catch((error: Error) => fail(error.message));
  console.log(applied.length ? `Applied ${applied.join(", ")}.` : "The schema is up to date.");
});
