/** docs/formats/shard.md describes the columns that there are, and no others. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { ROW_COLUMNS } from '../../functions/seal/row-schema.ts'
import { ShardRow } from '../../schema/shard.ts'

test('every column of a shard stands in docs/formats/shard.md, in the schema, and nowhere else', () => {
  const text = readFileSync(path.join(import.meta.dirname, '../../docs/formats/shard.md'), 'utf8')
  const [table = ''] = text.split('\n## ')
  const described = [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name)
  expect(described).toEqual(ROW_COLUMNS)
  expect(Object.keys(ShardRow.shape).toSorted()).toEqual(ROW_COLUMNS.toSorted())
})
