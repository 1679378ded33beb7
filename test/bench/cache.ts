/** What a benchmark installs or makes once, outside the repository. */
import os from 'node:os'
import path from 'node:path'

export const CACHE = path.join(os.tmpdir(), 'millrace-bench')
