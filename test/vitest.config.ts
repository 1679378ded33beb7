import { cloudflareTest, readD1Migrations } from '@cloudflare/vitest-plugin'
import path from 'node:path'
import { defineConfig } from 'vitest/config'
import { readArticles } from './support/sample/articles.ts'
import { readFixtures } from './support/read-fixtures.ts'
import { WEBHOOK_SECRET } from './support/webhook.ts'

const root = path.join(import.meta.dirname, '..')

export default defineConfig({
  root,
  test: {
    silent: 'passed-only',
    projects: [
      {
        test: {
          name: 'unit',
          environment: 'node',
          include: ['test/unit/**/*.test.ts', 'test/contract/**/*.test.ts'],
          // Only what hangs is stopped: a machine may have other work.
          testTimeout: 120_000,
        },
      },
      {
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: path.join(root, 'wrangler.toml') },
            remoteBindings: false,
            miniflare: {
              // Workers have no file system: what tests read travels as bindings.
              bindings: {
                WEBHOOK_SECRET,
                HOLDOUT_SHARE: '0.25',
                TEST_MIGRATIONS: await readD1Migrations(path.join(root, 'schema/migrations')),
                TEST_ARTICLES: JSON.stringify([...readArticles('en'), ...readArticles('zh')]),
                TEST_FIXTURES: readFixtures('bad'),
                TEST_PARQUET: readFixtures('parquet'),
                TEST_FASTTEXT: readFixtures('fasttext'),
              },
            },
          })),
        ],
        test: {
          name: 'worker',
          isolate: false,
          include: ['test/worker/**/*.test.ts'],
          setupFiles: ['test/worker/setup.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'e2e',
          environment: 'node',
          include: ['test/e2e/**/*.test.ts'],
          // Each has a server and some train: two cores have one of them at a time.
          fileParallelism: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
})
