/** Options of `millrace process` that an unset variable of a shell leaves empty. */
import { expect, it } from 'vitest'
import { UsageError } from '../../../cli/arguments.ts'
import { processCommand } from '../../../cli/process.ts'

it.each([
  ['licence', 'a text'],
  ['text-column', 'the name of a column'],
  ['url-column', 'the name of a column'],
])('an empty --%s is refused before anything is read', async (name, expected) => {
  const told = processCommand(['/nowhere.warc.gz', '-o', '/nowhere', `--${name}`, ''])
  await expect(told).rejects.toThrow(UsageError)
  await expect(told).rejects.toThrow(`--${name} is empty, expected ${expected}`)
})
