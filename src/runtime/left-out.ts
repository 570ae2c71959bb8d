/**
 * Stands in the Workers bundle for parts of libraries that are of no use here and that no bundler can tell so (`alias` in
 * wrangler.toml): zod's messages in other languages, its compiler and its reader of JSON Schema. Their names have to be
 * there; nothing calls them.
 */
const leftOut = undefined;

export {
  leftOut as compile,
  leftOut as compileFn,
  leftOut as fromJSONSchema,
  leftOut as INVALID,
  leftOut as withParser,
  leftOut as ZodCompileAsyncError,
  leftOut as ZodCompileUnsupportedError,
};
