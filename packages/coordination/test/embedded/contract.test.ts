import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from '@jest/globals'
import { openEmbeddedCoordination } from '../../src/embedded/open.ts'
import { coordinationContract } from '../contract/coordination-contract.ts'

const directory = mkdtempSync(join(tmpdir(), 'coordination-'))
let instances = 0

coordinationContract('embedded', async () => {
  instances++
  return openEmbeddedCoordination({ directory, instance: `instance-${instances}` })
})

afterAll(() => rmSync(directory, { recursive: true }))
