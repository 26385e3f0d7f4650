import { readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { TargetProcess } from '../command/target-process.ts'
import { findingsFolder, notRepeatedFolder } from '../engine/corpus.ts'

const engine = join(import.meta.dirname, 'support/stuck-engine.ts')
const names = ['test-hangs-once', 'test-hangs-twice']

async function ended(name: string) {
  const target = new TargetProcess({ name, seed: 1, seconds: 3_600, grow: false }, { engine, silenceMs: 500 })
  await target.run()
  return target.report
}

afterAll(async () => {
  for (const folder of names.flatMap((name) => [findingsFolder(name), notRepeatedFolder(name)]))
    await rm(folder, { recursive: true, force: true })
})

describe('a process of which nothing more is heard', () => {
  it('is followed by another one if its cases do not make that hang, and is kept in mind', async () => {
    const { isDone, cases, corpus, findings, notRepeated } = await ended('test-hangs-once')
    expect({ isDone, cases, corpus, findings }).toEqual({ isDone: true, cases: 9, corpus: 2, findings: [] })
    expect(notRepeated).toMatchObject([{ finding: 'nothing came of a case for 0.5 s', times: 1 }])
    expect(String(await readFile(notRepeated[0]?.path ?? ''))).toBe('two')
    expect(dirname(notRepeated[0]?.path ?? '')).toBe(notRepeatedFolder('test-hangs-once'))
  })

  it('is a finding if they do', async () => {
    const { isDone, findings, notRepeated } = await ended('test-hangs-twice')
    expect({ isDone, notRepeated }).toEqual({ isDone: false, notRepeated: [] })
    expect(findings).toMatchObject([{ finding: 'nothing came of a case for 0.5 s', times: 1 }])
    expect(String(await readFile(findings[0]?.path ?? ''))).toBe('two')
  })
})
