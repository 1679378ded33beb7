import { describe, expect, it } from 'vitest'
import { countJunit, countVitest } from '../../support/counts.ts'

describe('countVitest', () => {
  it('counts tests, and a file that could not be loaded as one failure', () => {
    const report = {
      numPassedTests: 2,
      numFailedTests: 1,
      numPendingTests: 1,
      numTodoTests: 1,
      testResults: [
        { status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'passed' }] },
        { status: 'failed', assertionResults: [] },
        { status: 'passed', assertionResults: [{ status: 'passed' }, { status: 'skipped' }] },
      ],
    }
    expect(countVitest(JSON.stringify(report))).toEqual({ passed: 2, failed: 2, skipped: 2 })
  })
})

describe('countJunit', () => {
  it.each([
    [
      '<testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10" time="1.0">',
      4,
      3,
      3,
    ],
    ['<testsuite tests="0" errors="0" failures="0" skipped="0"/>', 0, 0, 0],
    ['', 0, 0, 0],
  ])('%s', (text, passed, failed, skipped) => expect(countJunit(text)).toEqual({ passed, failed, skipped }))
})
