import { Command, Option } from '@commander-js/extra-typings'
import type { CliContext } from '../cli-context.ts'
import { CliFailure } from '../cli-failure.ts'
import { type Connection, connect } from '../http/connection.ts'
import { certificateId, mappingId } from '../http/id-by-name.ts'
import { keyMaterialFile, readKeyMaterial } from '../input/key-material.ts'
import { withConnection } from '../options/connection-options.ts'
import { examples } from '../options/examples.ts'
import { repeatable } from '../options/repeatable.ts'
import { wholeNumberOf } from '../options/whole-number.ts'
import { yesOption } from '../options/yes-option.ts'
import { Rotation } from '../rotation/rotation.ts'

export function rotateCommand(context: CliContext) {
  const command = new Command('rotate')
    .summary('put the next version of a certificate in use, or roll back')
    .description(
      'Stages the next version of a certificate, tries it at every mapped url, and puts it in use if all of them accept it. If it is not a usual renewal (it expires earlier, or has another subject, other names, another issuer or key type), it asks first. Without a file, it continues with the staged version. With --json, each step prints its answer on a line.',
    )
    .argument('<certificate>', 'id or name')
    .argument('[file]', keyMaterialFile)
    .option('--key <file>', 'PEM file of the private key')
    .option('--password-file <file>', 'file with the password; without it, MTLS_PASSWORD is used, or you are asked')
    .addOption(repeatable('--probe-url <url>', 'url to try for a mapped pattern that it matches', String))
    .addOption(
      repeatable(
        '--mapping <mapping>',
        'mapping that presents it, while the others go on as before: id or name',
        String,
      ),
    )
    .addOption(
      new Option('--stage-only', 'stage it for later: for a handover, for example').conflicts([
        'rollback',
        'mapping',
        'force',
        'wait',
      ]),
    )
    .option('--force', 'put it in use even if some urls do not accept it')
    .addOption(yesOption('put in use what is not a usual renewal,'))
    .option('--wait', 'wait until every forwarder presents it')
    .option('--timeout <seconds>', 'how long --wait waits at most', wholeNumberOf('seconds'), 60)
    .addOption(
      new Option('--rollback', 'put the previous version in use; a second rollback undoes the first').conflicts([
        'key',
        'passwordFile',
        'probeUrl',
        'force',
        'yes',
      ]),
    )
    .addHelpText(
      'after',
      examples(
        'mtls rotate my-client next.p12 --wait',
        'mtls rotate my-client next.p12 --mapping my-bank',
        'mtls rotate my-client next.p12 --stage-only',
        'mtls rotate my-client --rollback --wait',
      ),
    )
  return withConnection(command).action(async (certificate, file, options) => {
    const { rollback, key, passwordFile, probeUrl, mapping, force = false, yes, wait, timeout, stageOnly } = options
    if (rollback && file !== undefined) throw new CliFailure('wrongUse', '--rollback takes no file.')
    if (file === undefined && (key ?? passwordFile) !== undefined) {
      throw new CliFailure('wrongUse', '--key and --password-file go with a file: give that, too.')
    }
    const connection = await connect(options, context)
    const material = file === undefined ? undefined : await readKeyMaterial(context, { file, key, passwordFile })
    const rotation = new Rotation(connection, await certificateId(connection, certificate), context.output)
    const mappings = await mappingIds(connection, mapping)
    if (rollback) {
      await rotation.rollBack(mappings)
    } else {
      if (material) await rotation.stage(material)
      const differences = await rotation.compare()
      if (stageOnly) return
      if (differences.length > 0 && !yes) await confirmDifferences(context)
      await rotation.probe(probeUrl, force, mappings)
      await rotation.promote(force, differences, mappings)
    }
    if (wait) await rotation.wait(timeout, mappings)
  })
}

/** Undefined where none was named: all of them. @throws CliFailure, ServiceProblem */
async function mappingIds(connection: Connection, named: readonly string[]): Promise<readonly string[] | undefined> {
  if (named.length === 0) return undefined
  return Promise.all(named.map((each) => mappingId(connection, each)))
}

/** @throws CliFailure where the user does not want what was shown, or can't be asked */
async function confirmDifferences({ inputs }: CliContext): Promise<void> {
  const instead = 'If it is the wrong file, drop it: mtls certificates drop-staged CERTIFICATE.'
  if (!inputs.isTerminal) {
    throw new CliFailure(
      'refused',
      `Nothing was put in use: there is no terminal to ask on. If these differences are meant, add --yes. ${instead}`,
    )
  }
  if (await inputs.askYesNo('Are these differences meant?')) return
  throw new CliFailure('refused', `Nothing was put in use. ${instead}`)
}
