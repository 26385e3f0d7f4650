import { afterAll, beforeAll, describe } from '@jest/globals'
import type { SecretStore } from '../port/secret-store.ts'
import { compareAndSetContract } from './compare-and-set.ts'
import type { Handles } from './handles.ts'
import { listContract } from './list.ts'
import { purgeContract } from './purge.ts'
import { readWriteContract } from './read-write.ts'
import { writtenAtContract } from './written-at.ts'

/**
 * What every adapter of the port must do, as Jest tests. `open` gives another handle on the same data at each call; the
 * suite closes it. It may be a server with data of others: each test uses accounts of its own.
 */
export function secretStoreContract(name: string, open: () => Promise<SecretStore>): void {
  describe(`${name} as a secret store`, () => {
    // Filled in by beforeAll, before any test reads it.
    const handles = {} as Handles

    beforeAll(async () => {
      handles.one = await open()
      handles.other = await open()
    })
    afterAll(async () => {
      await handles.one.close()
      await handles.other.close()
    })

    readWriteContract(handles, open)
    compareAndSetContract(handles)
    listContract(handles)
    purgeContract(handles)
    writtenAtContract(handles)
  })
}
