#!/usr/bin/env node
// The `millrace` command on whatever Node runs it: says what is missing before set-up, where TypeScript could not.
const advice = 'run `npm run setup` in the repository first; it installs Node 24 and all packages'

if (!process.features.typescript) {
  console.error(`millrace: Node ${process.versions.node} cannot run it: ${advice}.`)
  process.exitCode = 2
} else {
  try {
    await import('./millrace.ts')
  } catch (error) {
    if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
    console.error(`millrace: a package is missing: ${advice}.`)
    process.exitCode = 2
  }
}
