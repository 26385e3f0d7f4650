import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import { errorCodes, refusalReasons, warningCodes } from '@mtls-gateway/domain'
import { transportCodes } from '@mtls-gateway/outbound'
import { root } from '../../support/entries.ts'

interface Row {
  readonly code: string
  readonly status: string
  readonly whatToDo: string
}

const rows: Row[] = readFileSync(`${root}docs/errors.md`, 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, code, status, whatToDo] = /^\| `([^`]+)` \| ([^|]*) \| (.*) \|$/.exec(line.trim()) ?? []
    return code === undefined ? [] : [{ code, status: status?.trim() ?? '', whatToDo: whatToDo?.trim() ?? '' }]
  })

describe('docs/errors.md', () => {
  it('lists exactly the codes that there are', () => {
    const codes = new Set<string>([...errorCodes, ...warningCodes, ...transportCodes])
    const listed = new Set(rows.map(({ code }) => code))
    expect([...codes].filter((code) => !listed.has(code))).toEqual([])
    expect([...listed].filter((code) => !codes.has(code))).toEqual([])
  })

  it('lists a code once in a table', () => {
    // SHUTTING_DOWN is a problem's code and a transport's: one row for each.
    const twice = [...errorCodes, ...warningCodes, ...transportCodes].filter(
      (code, at, all) => all.indexOf(code) !== at,
    )
    const listedTwice = rows.map(({ code }) => code).filter((code, at, all) => all.indexOf(code) !== at)
    expect(listedTwice.filter((code) => !twice.some((known) => known === code))).toEqual([])
  })

  it('gives each its status, or a dash, and says what to do', () => {
    for (const { code, status, whatToDo } of rows) {
      expect({ code, status }).toEqual({ code, status: expect.stringMatching(/^(-|[1-5]\d\d( ?[,/] ?[1-5]\d\d)*)$/) })
      expect({ code, whatToDo }).toEqual({ code, whatToDo: expect.stringMatching(/\w+ .*\w+/) })
    }
  })
})

describe('docs/runbooks/MtlsCredentialsRefused.md', () => {
  it('explains each reason for which credentials are refused, once', () => {
    const page = readFileSync(`${root}docs/runbooks/MtlsCredentialsRefused.md`, 'utf8')
    const cells = page.split('\n').flatMap((line) => /^\| (`[^|]+) \|/.exec(line)?.[1] ?? [])
    const explained = cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, reason]) => reason))
    expect(explained.toSorted()).toEqual(refusalReasons.toSorted())
  })
})
