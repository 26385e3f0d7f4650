import { beforeAll, describe, expect, it } from '@jest/globals'
import { createCa, type IssuedCertificate, type TestKeyType, withTools } from '@mtls-gateway/test-kit'
import type { Examination } from '../../src/index.ts'
import { askJava, javaVersion } from '../java-compatibility/ask-java.ts'
import { codes, examineP12 } from '../support/examine.ts'
import type { Cell } from './cell.ts'
import { keptCells } from './kept-cells.ts'
import { keytoolCells } from './keytool-cells.ts'
import { libraryCells } from './library-cells.ts'
import { opensslCells } from './openssl-cells.ts'
import { pythonCells } from './python-cells.ts'

const cells = [...opensslCells, ...keytoolCells, ...libraryCells, ...pythonCells, ...keptCells]
const asksJava = javaVersion === 17
if (!asksJava)
  console.warn(`NO JAVA 17 ON THIS MACHINE (found: ${javaVersion}): verdicts are held against the table alone.`)

interface Made {
  readonly bytes: Uint8Array
  readonly fingerprint: string
  readonly java: string | undefined
}

withTools(describe, 'openssl')('files of the tools of the world', () => {
  const made = new Map<Cell, Made>()

  beforeAll(async () => {
    const identities = await makeIdentities()
    const files = await Promise.all(cells.map((cell) => cell.make(identities)))
    const answers = asksJava
      ? await askJava(files.map(({ bytes }, index) => ({ bytes, password: cells[index]?.password })))
      : []
    for (const [index, file] of files.entries()) {
      const cell = cells[index]
      if (cell) made.set(cell, { ...file, java: answers[index] })
    }
  })

  const fileOf = (cell: Cell) => {
    const file = made.get(cell)
    if (!file) throw new Error(`${cell.name} was not made`)
    return file
  }

  const examinations = new Map<Cell, Examination>()
  const examined = (cell: Cell) => {
    const examination = examinations.get(cell) ?? examineP12(fileOf(cell).bytes, cell.password)
    examinations.set(cell, examination)
    return examination
  }

  it.each(cells)('reads $name', (cell) => {
    const { report, material } = examined(cell)
    expect(report).toMatchObject({ readable: true, readBy: cell.readBy, keyMatchesCertificate: true })
    expect(report.container).toMatchObject({ mac: cell.mac, cipher: cell.cipher })
    expect(material?.facts.fingerprintSha256).toBe(fileOf(cell).fingerprint)
  })

  it.each(cells)('agrees with Java about $name', (cell) => {
    const { java } = fileOf(cell)
    expect(examined(cell).report.readableByJava.includes('17')).toBe(cell.java)
    if (java !== undefined) expect(java === 'ok').toBe(cell.java)
  })

  it.each(cells.filter(({ mac, cipher }) => mac !== null || cipher !== null))(
    'knows a wrong password for $name',
    (cell) => {
      const examination = examineP12(fileOf(cell).bytes, 'not the password')
      expect(examination.report.readable).toBe(false)
      expect(codes(examination)).toEqual(['P12_WRONG_PASSWORD'])
      expect(examination.report.container?.cipher?.split(', ')[0]).toBe(cell.cipher?.split(', ')[0])
    },
  )
})

async function makeIdentities(): Promise<Map<TestKeyType, IssuedCertificate>> {
  const ca = await createCa()
  const types: readonly TestKeyType[] = ['RSA-2048', 'EC-P256', 'EC-P384', 'EC-P521', 'Ed25519']
  const issue = async (keyType: TestKeyType) => [keyType, await ca.issue({ commonName: keyType, keyType })] as const
  return new Map(await Promise.all(types.map(issue)))
}
