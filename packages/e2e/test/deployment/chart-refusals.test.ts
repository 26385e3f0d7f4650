import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { withTools } from '@mtls-gateway/test-kit'
import { Chart, chartFolder, deployments } from '../support/chart.ts'
import { objectNamed, objectsOf } from '../support/manifests.ts'

let chart: Chart
beforeAll(() => {
  chart = new Chart()
})
afterAll(() => chart?.close())

withTools(describe, 'Helm and checkers')('the values of the chart', () => {
  it.each([
    [{ urls: { configApi: '' } }, '/urls/configApi'],
    [{ urls: { forwarderApi: 'http://forwarder-api.example' } }, '/urls/forwarderApi'],
    [{ urls: { console: '' } }, '/urls/console'],
    [{ url: {} }, "'url'"],
    [{ configApi: { replica: 3 } }, "'replica'"],
    [{ configApi: { replicas: 0 } }, '/configApi/replicas'],
    [{ secrets: { redis: 'Redis' } }, '/secrets/redis'],
    [{ secrets: { vault: 'token' } }, "'vault'"],
    [{ settings: { THROTTLE_PER_SECOND: 300 } }, '/settings/THROTTLE_PER_SECOND'],
    [{ settings: { throttle: '300' } }, "'throttle'"],
    [{ settings: { TARGET_PORTS: '443,' } }, '/settings/TARGET_PORTS'],
    [{ settings: { TARGET_ALLOW_CIDRS: '10.20.0.0/16,' } }, '/settings/TARGET_ALLOW_CIDRS'],
    [{ forwarderApi: { mounts: [{ name: 'both', secret: 'a', configMap: 'b' }] } }, '/forwarderApi/mounts/0'],
    [{ forwarderApi: { resources: { limits: { memory: '1 GiB' } } } }, '/forwarderApi/resources/limits/memory'],
    [{ network: { egress: [{ ports: [{ port: 25 }] }] } }, '/network/egress/0'],
    [{ network: { dns: [] } }, '/network/dns'],
    [{ network: { dns: null } }, 'network.dns: without a name server'],
  ])('refuse %j, naming %s', (values, named) => {
    const { status, stderr } = chart.run('helm', chart.template(values))
    expect(status).not.toBe(0)
    expect(stderr).toContain(named)
  })

  /** Each reason for which a template refuses them. */
  function refusals(values: object): readonly string[] {
    const { status, stderr } = chart.run('helm', chart.template(values))
    expect(status).not.toBe(0)
    return stderr.split('\n').filter((line) => line.startsWith('- '))
  }

  it('refuse what looks right and cannot work, all at once, and say why', () => {
    const values = {
      urls: {
        forwarderApi: 'https://mtls.example,https://Config-API.example:443/',
        console: 'https://mtls.example/console',
      },
      settings: { TOKEN_ISSUER: 'https://other.example', AUDIT_FILE: '/audit.log', VAULT_TOKEN: 'hvs.x' },
      configApi: {
        settings: { CONFIG_API_PORT: '8085', CONSOLE_URL: 'https://other.example', TARGET_PORTS: '9443' },
        mounts: [
          { name: 'vault-token', secret: 'one' },
          { name: 'rules', secret: 'one' },
          { name: 'rules', configMap: 'two' },
        ],
      },
      forwarderApi: { minReplicas: 20 },
      network: { vault: '' },
      edge: { service: { type: 'NodePort' } },
    }
    expect(refusals(values)).toEqual([
      expect.stringContaining('urls.forwarderApi is that of urls.configApi. The services share paths'),
      expect.stringContaining('urls.console: https://mtls.example/console is more than a host and a port'),
      expect.stringContaining('settings.AUDIT_FILE: pods have no file system that they can write to'),
      expect.stringContaining('settings.TOKEN_ISSUER: the chart sets it itself, by urls.tokenIssuer'),
      expect.stringContaining('settings.VAULT_TOKEN: pods log in to Vault by their service accounts'),
      expect.stringContaining('configApi.settings.CONFIG_API_PORT: probes, Services and the network policy have'),
      expect.stringContaining('configApi.settings.CONSOLE_URL: the chart sets it itself, by urls.console'),
      expect.stringContaining('configApi.settings.TARGET_PORTS: set it in `settings`, for all services'),
      expect.stringContaining('configApi.mounts: the name vault-token is taken'),
      expect.stringContaining('configApi.mounts: the name rules is taken'),
      expect.stringContaining('network.vault is the name of a namespace. If yours is outside of the cluster'),
      expect.stringContaining('forwarderApi.minReplicas: 20 is more than maxReplicas, which is 12'),
      expect.stringContaining('edge.service.type: NodePort is not supported'),
    ])
  })

  it('refuse every variable and every volume that a service has of the chart itself', () => {
    const services = {
      'config-api': 'configApi',
      'forwarder-api': 'forwarderApi',
      prober: 'prober',
      console: 'console',
    }
    const all = deployments(chart.objects({ console: { settings: { OIDC_CLIENT_ID: null, OIDC_SCOPES: null } } }))
    const own = ['SECRET_STORE', 'VAULT_ADDR', 'VAULT_KUBERNETES_JWT_FILE', 'TOKEN_ISSUER', 'TOKEN_JWKS_URL']
    for (const [name, value] of Object.entries(services)) {
      const { containers, volumes } = objectNamed(all, 'Deployment', name).spec.template.spec
      const names = (of: readonly { readonly name: string }[]) => of.map((each) => each.name)
      const variables = [...own, ...names(containers[0].env)]
      const settings = Object.fromEntries(variables.map((each) => [each, 'other']))
      const mounts = names(volumes).map((each) => ({ name: each, secret: 'other' }))
      const refused = refusals({ [value]: { settings, mounts } })
      for (const each of variables)
        expect(refused).toContainEqual(expect.stringContaining(`${value}.settings.${each}:`))
      for (const each of mounts)
        expect(refused).toContainEqual(expect.stringContaining(`the name ${each.name} is taken`))
    }
  })

  it('refuse any other login to Vault, and any port of a service', () => {
    const logins = ['VAULT_ROLE_ID', 'VAULT_SECRET_ID_FILE', 'VAULT_GC_ROLE_ID', 'VAULT_GC_SECRET_ID_FILE']
    const ports = ['CONFIG_API', 'FORWARDER_API', 'PROBER', 'CONSOLE'].flatMap((service) => [
      `${service}_PORT`,
      `${service}_MANAGEMENT_PORT`,
    ])
    const names = [...logins, ...ports]
    const refused = refusals({ settings: Object.fromEntries(names.map((name) => [name, '1'])) })
    expect(refused.map((line) => line.split(':')[0])).toEqual(names.map((name) => `- settings.${name}`).sort())
  })

  it('need nothing but urls', () => {
    const args = ['template', 'mtls-gateway', chartFolder]
    const { status, stderr } = chart.run('helm', args)
    expect(status).not.toBe(0)
    for (const name of ['configApi', 'forwarderApi', 'vault', 'tokenIssuer', 'tokenKeys']) {
      expect(stderr).toContain(`/urls/${name}`)
    }
    const urls = [...'configApi forwarderApi vault tokenIssuer tokenKeys'.split(' '), 'console'].flatMap((name) => [
      '--set',
      `urls.${name}=https://${name.toLowerCase()}.example`,
    ])
    expect(objectsOf(chart.outputOf('helm', [...args, ...urls]))).toHaveLength(chart.objects().length)
  })
})
