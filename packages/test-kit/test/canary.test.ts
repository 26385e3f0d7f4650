import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { Canary, readTree } from '../src/index.ts'

describe('Canary', () => {
  it('finds a marker plain, as hex and inside base64 wherever it lies in it', () => {
    const canary = new Canary()
    const password = canary.plant('password')
    canary.plant('token')
    const base64 = ['', 'u', 'us', 'usr'].map((before) => Buffer.from(`${before}${password}:x`).toString('base64'))
    const forms = [`a${password}b`, Buffer.from(`!${password}`).toString('hex'), ...base64]
    expect(forms.map((log) => canary.findIn({ log }))).toEqual(forms.map(() => ['password in log']))
  })

  it('finds nothing where no marker was written', () => {
    const canary = new Canary()
    const marker = canary.plant('password')
    expect(canary.findIn({ log: marker.slice(1), file: new Uint8Array([0, 255]) })).toEqual([])
  })

  it('searches the files of a directory', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'canary-'))
    const canary = new Canary()
    await mkdir(join(directory, 'a'))
    await writeFile(join(directory, 'a', 'b.bin'), Buffer.concat([Buffer.of(0, 255), Buffer.from(canary.plant('key'))]))
    await writeFile(join(directory, 'c.txt'), 'clean')
    expect(canary.findIn(await readTree(directory))).toEqual([`key in ${join('a', 'b.bin')}`])
    await rm(directory, { recursive: true })
  })
})
