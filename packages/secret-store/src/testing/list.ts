import { describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { accountPath, kindFolder, recordFolder, recordPath } from '../port/paths.ts'
import type { Handles } from './handles.ts'
import { randomAccount, randomRecord } from './random-id.ts'

export function listContract(handles: Handles): void {
  describe('lists', () => {
    it('finds nothing below a folder without secrets', async () => {
      expect(await handles.one.list(recordFolder('keys', randomAccount()))).toEqual([])
    })

    it('names the secrets directly below a folder', async () => {
      const account = randomAccount()
      const ids = [randomRecord(), randomRecord(), randomRecord()]
      for (const id of ids) await handles.one.put(recordPath('chains', account, id), {}, 0)

      expect([...(await handles.other.list(recordFolder('chains', account)))].sort()).toEqual([...ids].sort())
    })

    it('names a folder below once, with a slash at its end', async () => {
      const account = randomAccount()
      await handles.one.put(recordPath('audit', account, randomRecord()), {}, 0)
      await handles.one.put(recordPath('audit', account, randomRecord()), {}, 0)

      const names = await handles.one.list(kindFolder('audit'))
      expect(names.filter((name) => name.startsWith(account))).toEqual([`${account}/`])
    })

    it('names account documents, which are no folders', async () => {
      const account = randomAccount()
      await handles.one.put(accountPath(account), {}, 0)

      const names = await handles.one.list(kindFolder('accounts'))
      expect(names.filter((name) => name.startsWith(account))).toEqual([account])
    })

    it('names a secret once, however often it was written', async () => {
      const account = randomAccount()
      const id = randomRecord()
      await handles.one.put(recordPath('keys', account, id), { n: 1 }, 0)
      await handles.one.put(recordPath('keys', account, id), { n: 2 }, 1)

      expect(await handles.one.list(recordFolder('keys', account))).toEqual([id])
    })

    it('never names a secret of another account or kind, also where one id begins with another', async () => {
      const account = randomAccount()
      const neighbours = ['0', '-', '_', 'z'].map((suffix) => parseAccountId(`${account}${suffix}`))
      const id = randomRecord()
      await handles.one.put(recordPath('keys', account, id), {}, 0)
      await handles.one.put(recordPath('chains', account, randomRecord()), {}, 0)
      for (const neighbour of neighbours) await handles.one.put(recordPath('keys', neighbour, randomRecord()), {}, 0)

      expect(await handles.one.list(recordFolder('keys', account))).toEqual([id])
    })
  })
}
