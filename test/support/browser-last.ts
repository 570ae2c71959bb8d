import { BaseSequencer, type TestSpecification } from "vitest/node";

const drivesBrowser = ({ moduleId }: TestSpecification) => moduleId.includes("/test/browser/");

/** Browsers take all the processor there is, and must not stand beside tests that hash under load: they come last. */
export class BrowserLast extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return [...sorted.filter((file) => !drivesBrowser(file)), ...sorted.filter(drivesBrowser)];
  }
}
