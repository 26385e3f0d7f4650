import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Findings } from '../engine/findings.ts'
import type { Verdict } from '../engine/target.ts'

let folder: string
let [findingsFolder, notRepeatedFolder] = ['', '']
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fuzz-'))
  findingsFolder = join(folder, 'findings')
  notRepeatedFolder = join(folder, 'not-repeated')
})
afterEach(() => rm(folder, { recursive: true }))

const inputs = ['good', 'bad', 'bad too'].map((text) => Buffer.from(text))
const late: readonly Verdict[] = [
  {},
  { finding: 'a call has no end after 15 s' },
  { finding: 'a call has no end after 16 s' },
]

/** The inputs of each further run, and what is said of them. */
function findingsOf(run: (inputs: readonly Buffer[]) => readonly Verdict[]) {
  const told: string[] = []
  const found = () => void told.push(...[...findings.repeated, ...findings.notRepeated].map(({ path }) => path))
  const options = { findingsFolder, notRepeatedFolder, found }
  const findings = new Findings('pools', options, async (again) => run(again))
  return { findings, told }
}

describe('what was seen once', () => {
  it('is no finding if it is not repeated, but counted, told, and kept with its sentence', async () => {
    const { findings, told } = findingsOf((again) => again.map(() => ({})))
    await findings.take(inputs, late)
    await findings.take(inputs, late)
    expect(findings.repeated).toEqual([])
    expect(findings.notRepeated).toMatchObject([{ finding: 'a call has no end after 16 s', times: 2 }])
    expect(told).toHaveLength(2)
    const [kept] = findings.notRepeated
    expect(String(await readFile(kept?.path ?? ''))).toBe('bad')
    expect(String(await readFile(`${kept?.path}.txt`))).toContain(
      'a call has no end after 16 s (by 2 of 3 cases together',
    )
    await expect(readdir(findingsFolder)).rejects.toThrow('ENOENT')
  })

  it('is a finding if a case shows it alone, which is told before the case is made smaller', async () => {
    const isBad = (input: Buffer) => input.includes('bad')
    const sizes: number[] = []
    const { findings, told } = findingsOf((again) => {
      if (told.length === 0) sizes.push(again[0]?.length ?? 0)
      return again.map((input) => (isBad(input) ? { finding: 'a call has no end after 20 s' } : {}))
    })
    await findings.take(inputs, late)
    expect(sizes).toEqual([3])
    expect(findings.notRepeated).toEqual([])
    expect(findings.repeated).toMatchObject([{ finding: 'a call has no end after 20 s', remark: '', times: 1 }])
    expect(await readdir(findingsFolder)).toHaveLength(1)
  })

  it('is one if the same cases show it together, and counts once more whenever it is seen', async () => {
    const { findings } = findingsOf((again) =>
      again.map(() => (again.length > 1 ? { finding: 'a call has no end' } : {})),
    )
    await findings.take(inputs, [{}, { finding: 'a call has no end' }, {}])
    await findings.take(inputs, [{}, { finding: 'a call has no end' }, {}])
    expect(findings.notRepeated).toEqual([])
    expect(findings.repeated).toMatchObject([{ remark: 'by 1 of 3 cases together, and by none alone', times: 2 }])
  })
})
