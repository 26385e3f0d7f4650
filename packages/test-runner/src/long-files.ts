/**
 * How long the longest test files take, in seconds, on two otherwise idle cores. From its second run on a machine Jest
 * knows better, but in the first run these should neither wait for each other nor come last.
 */
export const longFiles: Readonly<Record<string, number>> = {
  'packages/e2e/test/outage/production-vault.test.ts': 52,
  'packages/e2e/test/deployment/image-config-api.test.ts': 43,
  'packages/e2e/test/deployment/image-forwarder-api.test.ts': 43,
  'packages/e2e/test/repository/library-regexes.test.ts': 43,
  'packages/service-kit/test/watchdog/watchdog.test.ts': 38,
  'packages/e2e/test/outage/production-answers.test.ts': 36,
  'packages/e2e/test/fairness/callers-that-do-not-read.test.ts': 31,
  'packages/e2e/test/outage/production-cluster.test.ts': 23,
  'packages/bench/test/scale.test.ts': 22,
  'packages/e2e/test/cli/rotate.test.ts': 21,
  'packages/key-material/test/pool/mutations.test.ts': 20,
  'packages/secret-store/test/vault/vault-expiring-secret-id.test.ts': 19,
  'packages/secret-store/test/vault/vault-token-life.test.ts': 18,
  'packages/coordination/test/redis/cluster.test.ts': 18,
  'packages/e2e/test/rotation/propagation.test.ts': 18,
  'packages/secret-store/test/vault/setup/vault-setup.test.ts': 17,
  'packages/e2e/test/certificates/status.test.ts': 15,
  'packages/e2e/test/mappings/delete-against-map.test.ts': 14,
  'packages/e2e/test/repository/regexes.test.ts': 14,
  'packages/key-material/test/matrix/matrix.test.ts': 14,
  'packages/registry/test/format/account-capacity.test.ts': 13,
  'packages/key-material/test/pool/containment.test.ts': 12,
}
