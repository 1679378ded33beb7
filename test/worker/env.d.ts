declare namespace Cloudflare {
  interface Env {
    readonly WEBHOOK_SECRET: string
    readonly TEST_MIGRATIONS: import('cloudflare:test').D1Migration[]
    /** JSON of the sample's articles. */
    readonly TEST_ARTICLES: string
    /** base64 by name. */
    readonly TEST_FIXTURES: Readonly<Record<string, string>>
    readonly TEST_PARQUET: Readonly<Record<string, string>>
    readonly TEST_FASTTEXT: Readonly<Record<string, string>>
  }
}
