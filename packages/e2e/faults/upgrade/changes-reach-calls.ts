import type { EchoedRequest, IssuedCertificate, ServiceProcess, TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../../test/support/eventually.ts'
import { promotion, Rotation } from '../../test/support/rotation.ts'
import { lp, mustBe } from '../../test/support/tenant.ts'
import type { RolledSystem } from '../rollout/rolled-system.ts'

/** Longer than a notice takes on a busy machine, and far shorter than an account's copy is used without one. */
const reachMs = 30_000

/**
 * Makes the changes that matter to calls, at the config-api that is in rotation, and looks at what each forwarder makes
 * of them: a mapping, a staged version in use, a rollback, a deleted app key.
 * @throws Error that says what a forwarder did not learn
 */
export async function changesReachCalls(
  system: RolledSystem,
  target: TestTarget,
  forwarders: readonly ServiceProcess[],
): Promise<void> {
  const tenant = await system.newTenant()
  const [first, second] = await Promise.all(
    ['first', 'second'].map((commonName) => target.clientCa.issue({ commonName })),
  )
  if (first === undefined || second === undefined) throw new Error('no certificate was issued')
  const url = `${target.url}/`
  const { certificate } = await tenant.onboard(first, url)
  const oauth1 = await tenant.newAppKey()
  const callers = forwarders.map((forwarder) => system.toForwarderApi({ oauth1 }, forwarder))
  const everyCall = async (what: string, isSo: (status: number, answer: EchoedRequest) => boolean) => {
    for (const caller of callers) {
      await eventually(
        () => caller.json<EchoedRequest>('GET', tenant.forwardPath, undefined, lp(url)),
        ({ status, body }) => isSo(status, body),
        reachMs,
      ).catch((cause: unknown) => Promise.reject(new Error(`a forwarder did not learn of ${what}`, { cause })))
    }
  }
  const presents = (identity: IssuedCertificate) => (status: number, answer: EchoedRequest) =>
    status === 200 && answer.clientCertificate?.fingerprint256 === identity.fingerprintSha256

  await everyCall('a mapping', presents(first))
  const rotation = new Rotation(tenant, certificate.id)
  mustBe(201, await rotation.stage(second))
  mustBe(200, await rotation.post(promotion))
  await everyCall('a new version', presents(second))
  mustBe(200, await rotation.post('rollback'))
  await everyCall('a rollback', presents(first))
  mustBe(200, await tenant.api.json('DELETE', tenant.path(`app-keys/${oauth1.appKey}`)))
  await everyCall('a deleted app key', (status) => status === 401)
}
