import { commandGroup } from '../command-group.ts'
import { deleteMappingCommand } from './delete-mapping.ts'
import { disableMappingCommand } from './disable-mapping.ts'
import { editMappingCommand } from './edit-mapping.ts'
import { enableMappingCommand } from './enable-mapping.ts'
import { listMappingsCommand } from './list-mappings.ts'
import { showMappingCommand } from './show-mapping.ts'

/** What `mtls map` and `mtls activate` have made. */
export const mappingsCommand = commandGroup('mappings', 'list, show, change and delete mappings', [
  listMappingsCommand,
  showMappingCommand,
  editMappingCommand,
  enableMappingCommand,
  disableMappingCommand,
  deleteMappingCommand,
])
