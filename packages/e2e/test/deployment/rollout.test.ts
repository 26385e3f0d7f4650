import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { configApiSettings } from '@mtls-gateway/config-api'
import { root } from '../support/entries.ts'
import { objectNamed, objectsOf } from '../support/manifests.ts'

const file = (path: string) => readFileSync(join(root, path), 'utf8')
const secondsOf = (text: string | undefined) => Number(/^(\d+)s$/.exec(text ?? '')?.[1])
const graceSeconds = secondsOf(configApiSettings.shutdownGraceMs.default)

describe.each(['config-api', 'forwarder-api', 'prober'])('the rollout of %s on Kubernetes', (service) => {
  const manifest = file(`infra/kubernetes/${service}.yaml`)

  it('stops no pod before its successor is ready', () => {
    expect(manifest).toContain('strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } }')
  })

  it('gives a pod the time to tell its callers to leave, and to finish', () => {
    const pause = /SHUTDOWN_PAUSE=(\w+)/.exec(file('infra/kubernetes/kustomization.yaml'))?.[1]
    expect(secondsOf(pause)).toBeGreaterThanOrEqual(10)
    const [, period] = /terminationGracePeriodSeconds: (\d+)/.exec(manifest) ?? []
    expect(Number(period)).toBeGreaterThan(secondsOf(pause) + graceSeconds)
    expect(manifest).not.toContain('preStop')
  })
})

it('updates forwarders before config-api and the prober where Argo CD applies infra/kubernetes', () => {
  const waves = ['forwarder-api', 'config-api', 'prober'].map(
    (service) => /sync-wave: "(\d+)"/.exec(file(`infra/kubernetes/${service}.yaml`))?.[1],
  )
  expect(waves).toEqual(['1', '2', '2'])
})

it('the unit of a forwarder gives it the time to finish, after a pause as long as that on Kubernetes', () => {
  const [, period] = /^TimeoutStopSec=(\w+)$/m.exec(file('infra/systemd/forwarder-api@.service')) ?? []
  expect(secondsOf(period)).toBeGreaterThan(10 + graceSeconds)
})

it('docker-compose.yml and infra/kubernetes have nginx follow the names of their services, and read the same files', () => {
  const names =
    /from-dns\.sh[\s\S]*?config_api=config-api:\d+[\s\S]*?forwarder_api=(\S+?):8080[\s\S]*?console=console:\d+/
  const compose = file('docker-compose.yml')
  expect(names.exec(compose)?.[1]).toBe('forwarder-api')
  const edge = file('infra/kubernetes/edge.yaml')
  const name = names.exec(edge)?.[1]
  // Without an address of its own, it has those of the pods.
  const objects = objectsOf(file('infra/kubernetes/forwarder-api.yaml'))
  expect(objectNamed(objects, 'Service', name ?? '').spec).toMatchObject({ clusterIP: 'None' })
  expect(/image: (nginx:.+)/.exec(edge)?.[1]).toBe(/image: (nginx:.+)/.exec(compose)?.[1])
})

it('docker-compose.yml gives services the time to finish', () => {
  const [, period] = /stop_grace_period: (\w+)/.exec(file('docker-compose.yml')) ?? []
  expect(secondsOf(period)).toBeGreaterThan(graceSeconds)
})
