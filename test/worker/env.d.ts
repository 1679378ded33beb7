declare namespace Cloudflare {
  interface Env {
    readonly WEBHOOK_SECRET: string
    readonly TEST_MIGRATIONS: import('cloudflare:test').D1Migration[]
    readonly TEST_ARTICLES: import('../support/sample/articles.ts').Article[]
    /** base64 by name. */
    readonly TEST_FIXTURES: Readonly<Record<string, string>>
  }
}
