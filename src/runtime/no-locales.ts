// Stands in the Workers bundle for zod's messages in other languages (see `alias` in wrangler.toml).
export {};
