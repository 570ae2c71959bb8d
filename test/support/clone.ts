import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdtempSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A copy of the project as a clone would have it, with the installed modules beside it. */
export function makeClone(): string {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-clone-"));
  chmodSync(folder, 0o755); // as a person's would be: PostgreSQL, not being root, must get in
  const { stdout } = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
    encoding: "utf8",
  });
  for (const file of stdout.split("\n")) {
    if (file && !file.startsWith("test/"))
      cpSync(file, join(folder, file), { force: true, errorOnExist: false });
  }
  symlinkSync(join(process.cwd(), "node_modules"), join(folder, "node_modules"));
  return folder;
}
