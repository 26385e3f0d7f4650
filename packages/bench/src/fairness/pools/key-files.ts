import { bodyOf } from '../../gateway/bench-account.ts'
import { beginAttack } from '../attack.ts'
import { throttledPerSecond } from '../attack-order.ts'
import { formOf } from '../form-request.ts'
import { keyFile } from '../key-file.ts'
import type { PoolMeasurement, Stage } from '../measurement.ts'
import { newTenant } from '../tenants.ts'

/**
 * `openssl pkcs12 -export -iter N` derives three keys, with N iterations each: ordinary files have 100,000 together at
 * most.
 */
const files = { usual: 2_048, dearestOrdinary: 33_000, expensive: 200_000 }

interface Files {
  readonly quiet: number
  readonly hostile: number
  readonly atOnce: number
  readonly perSecond: number | undefined
}

const prepare =
  ({ quiet: usual, hostile: dear, atOnce, perSecond }: Files) =>
  async (stage: Stage) => {
    const { services, target } = stage
    const [quiet, hostile] = [await newTenant(stage, 'quiet', []), await newTenant(stage, 'hostile', [])]
    const identity = await target.clientCa.issue({ commonName: 'file', keyType: 'RSA-2048' })
    const own = await formOf({ password: 'secret' }, await keyFile(identity, 'secret', usual))
    const theirs = await formOf({ password: 'secret' }, await keyFile(identity, 'secret', dear))
    return {
      perSecond,
      operate: async () => {
        bodyOf(await services.api.raw({ method: 'POST', path: `${quiet.path}/p12-test/multipart`, ...own }), 200)
      },
      begin: async () =>
        beginAttack({
          kind: 'requests',
          url: services.configApi.url,
          method: 'POST',
          path: `${hostile.path}/p12-test/multipart`,
          headers: { ...theirs.headers, authorization: `Bearer ${services.token}` },
          body: theirs.body,
          atOnce,
          perSecond: throttledPerSecond,
        }),
    }
  }

export const keyFiles: PoolMeasurement = {
  operation: 'a test of a usual file',
  attack: 'has 40 of the dearest ordinary files read',
  prepare: prepare({ quiet: files.usual, hostile: files.dearestOrdinary, atOnce: 40, perSecond: 20 }),
}

export const expensiveKeyFiles: PoolMeasurement = {
  operation: 'a test of a file with 600,000 iterations, as NSS and GnuTLS write it',
  attack: 'has 20 such files read',
  prepare: prepare({ quiet: files.expensive, hostile: files.expensive, atOnce: 20, perSecond: undefined }),
}
