/** Wiring only: what each event of the platform calls. */
import { createApp } from './http/app.ts'
import { alone } from './ingest/alone.ts'
import { batchRoutes } from './ingest/batches.routes.ts'
import { sweep } from './ingest/ingest.cron.ts'
import { pageRoutes } from './ingest/pages.routes.ts'
import { rejectRoutes } from './ingest/rejects.routes.ts'
import { consumeDeadSlices, consumeSlices } from './ingest/slices.queue.ts'
import { uploadRoutes } from './ingest/uploads.routes.ts'
import { webhookRoutes } from './ingest/webhooks.routes.ts'
import { activationRoutes } from './models/activations.routes.ts'
import { modelRoutes } from './models/models.routes.ts'
import { manifestRoutes } from './manifest/manifests.routes.ts'
import { reportRoutes } from './manifest/reports.routes.ts'
import { calibrationRoutes } from './perplexity/calibrations.routes.ts'
import { cellRoutes } from './perplexity/cells.routes.ts'
import { scoreRoutes } from './perplexity/scores.routes.ts'
import { readBindings } from './platform/bindings.ts'
import { compactionRoutes } from './seal/compactions.routes.ts'
import { documentRoutes } from './seal/documents.routes.ts'
import { shardRoutes } from './seal/shards.routes.ts'

export { DuplicatePartition } from './seal/duplicates.do.ts'
export { SealWorkflow } from './seal/seal.workflow.ts'

const app = createApp([
  pageRoutes,
  uploadRoutes,
  webhookRoutes,
  batchRoutes,
  rejectRoutes,
  cellRoutes,
  calibrationRoutes,
  scoreRoutes,
  compactionRoutes,
  shardRoutes,
  documentRoutes,
  modelRoutes,
  activationRoutes,
  manifestRoutes,
  reportRoutes,
])

export default {
  fetch: app.fetch,
  async queue(batch, env) {
    const bindings = readBindings(env)
    if (batch.queue.endsWith('-dead')) await consumeDeadSlices(batch, bindings)
    else await alone(() => consumeSlices(batch, bindings))
  },
  async scheduled(controller, env) {
    await sweep(readBindings(env), controller.scheduledTime)
  },
} satisfies ExportedHandler<Env>
