import { describe, expect, it } from "vitest";
import { readOperations } from "./support/openapi.ts";
import { useService } from "./support/service.ts";

const service = useService();

describe("the OpenAPI document", () => {
  it("is the reviewed one", async () => {
    const { body } = await service.call("GET", "/openapi.json");
    await expect(`${JSON.stringify(body, null, 2)}\n`).toMatchFileSnapshot("openapi.snap.json");
  });

  it("gives every operation an id of its own, a summary and its refusals with examples", async () => {
    const operations = await readOperations(service);
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(operations.length);
    for (const { path, operation } of operations) {
      expect([path, operation.summary]).toEqual([path, expect.any(String)]);
      for (const [status, { content }] of Object.entries(operation.responses)) {
        if (Number(status) < 400) continue;
        const type = path.startsWith("/oauth/") ? "application/json" : "application/problem+json";
        const examples = Object.keys(content?.[type]?.examples ?? {});
        expect([path, status, examples.length > 0]).toEqual([path, status, true]);
      }
      expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(["500", "503"]));
      if (operation.requestBody) {
        const isStream = "application/x-ndjson" in operation.requestBody.content;
        expect(Object.keys(operation.responses)).toEqual(
          expect.arrayContaining(isStream ? ["400", "415"] : ["400", "413", "415"]),
        );
      }
    }
  });
});
