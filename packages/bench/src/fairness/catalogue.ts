import type { MeasuredPool } from './measured-pools.ts'
import type { PoolMeasurement } from './measurement.ts'
import { accountReads } from './pools/account-reads.ts'
import { longAnswers, smallRecords } from './pools/answers.ts'
import { configApiConnections, forwarderConnections } from './pools/connections.ts'
import { forwardCalls } from './pools/forward-calls.ts'
import { handshakes } from './pools/handshakes.ts'
import { hotIdentities, tlsContexts } from './pools/hot-identities.ts'
import { expensiveKeyFiles, keyFiles } from './pools/key-files.ts'
import { keyGeneration } from './pools/key-generation.ts'
import { configApiLookUps, forwarderLookUps } from './pools/look-ups.ts'
import { probes } from './pools/probes.ts'
import { configApiBodies, forwarderBodies } from './pools/request-bodies.ts'
import { formSignatures, signedForms } from './pools/signed-forms.ts'
import { targetConnectionPlaces } from './pools/target-connections.ts'
import { tracedCalls } from './pools/traced-calls.ts'
import { webhookDeliveries } from './pools/webhook-deliveries.ts'

export const measurements: Readonly<Record<MeasuredPool, PoolMeasurement>> = {
  'connections of forwarder-api': forwarderConnections,
  'forward-calls of forwarder-api': forwardCalls,
  'hot-identities of forwarder-api': hotIdentities,
  'tls-contexts of forwarder-api': tlsContexts,
  'target-connections of forwarder-api': targetConnectionPlaces,
  'look-ups of forwarder-api': forwarderLookUps,
  'handshakes of forwarder-api': handshakes,
  'signed-forms of forwarder-api': signedForms,
  'form-signatures of forwarder-api': formSignatures,
  'request-bodies of forwarder-api': forwarderBodies,
  'connections of config-api': configApiConnections,
  'request-bodies of config-api': configApiBodies,
  'account-reads of config-api': accountReads,
  'look-ups of config-api': configApiLookUps,
  'key-files of config-api': keyFiles,
  'expensive-key-files of config-api': expensiveKeyFiles,
  'key-generation of config-api': keyGeneration,
  'traced-calls of config-api': tracedCalls,
  'probes of config-api': probes,
  'webhook-deliveries of config-api': webhookDeliveries,
  'long-answers of forwarder-api': longAnswers,
  'small-records of forwarder-api': smallRecords,
}
