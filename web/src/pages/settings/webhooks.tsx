import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { asProblem } from '../../api/problem';
import {
  useWebhookChange,
  useWebhookCreation,
  useWebhookDeletion,
  useWebhookTest,
  webhooksQuery,
  type Webhook,
} from '../../api/queries/webhooks';
import { AsCommand } from '../../ui/as-command';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../../ui/confirm-dialog';
import { TextField } from '../../ui/field';
import { counted } from '../../ui/numbers';
import { Panel } from '../../ui/page';
import { shellWord } from '../../ui/shell-word';
import { EmptyState, Fault, Skeleton } from '../../ui/states';
import { Ago } from '../../ui/time';
import { ShownOnce } from './shown-once';

const PATH = '/api/ota/admin/webhooks';

/** Where other programs are told of what happens. */
export function Webhooks() {
  const { data, error, refetch } = useQuery(webhooksQuery);
  const [leaving, setLeaving] = useState<Webhook | null>(null);
  const remove = useWebhookDeletion();
  return (
    <>
      <Panel title="Webhooks" aside={<AsCommand ota="webhook list" path={PATH} />}>
        {error && !data && <Fault problem={asProblem(error)} onRetry={() => void refetch()} />}
        {!data && !error && <Skeleton />}
        {data?.length === 0 && (
          <EmptyState title="No webhook is told of what happens.">
            A chat or a pager hears of a halted rollout by one.
          </EmptyState>
        )}
        <ul>
          {data?.map((webhook) => (
            <Row key={webhook.id} webhook={webhook} onDelete={() => setLeaving(webhook)} />
          ))}
        </ul>
      </Panel>
      <NewWebhook />
      {leaving && (
        <ConfirmDialog
          open
          onClose={() => setLeaving(null)}
          title="Delete the webhook?"
          devices={null}
          name={leaving.url}
          verb="Delete the webhook"
          commands={{
            ota: `webhook delete ${leaving.id} --yes`,
            method: 'DELETE',
            path: `${PATH}/${leaving.id}`,
          }}
          onConfirm={() => remove.mutate(leaving)}
        >
          {leaving.url} is not told of anything any more. What waits is not sent.
        </ConfirmDialog>
      )}
    </>
  );
}

function Row({ webhook, onDelete }: { readonly webhook: Webhook; readonly onDelete: () => void }) {
  const { id, url, events, description, is_active, disabled_because, waiting } = webhook;
  const change = useWebhookChange();
  const test = useWebhookTest();
  return (
    <li className="flex min-h-12 flex-wrap items-center gap-x-3 gap-y-1 border-t border-line px-5 py-2 text-sm">
      <span className="min-w-0 flex-1 basis-72">
        <span className="font-medium break-all">{url}</span>
        <span className="block text-xs text-ink-3">
          {description !== null && `${description} · `}
          {events.join(', ')}
          {waiting > 0 && ` · ${counted(waiting, 'message')} waiting`}
          {webhook.last_success_at !== null && (
            <>
              {' '}
              · arrived <Ago time={webhook.last_success_at} />
            </>
          )}
        </span>
        {!is_active && (
          <span className="block text-xs text-silent">Off: {disabled_because ?? 'turned off'}</span>
        )}
        {webhook.last_error !== null && (
          <span className="block text-xs text-failed">The last try failed: {webhook.last_error}</span>
        )}
      </span>
      <AsCommand
        name="Send a test"
        ota={`webhook test ${id}`}
        method="POST"
        path={`${PATH}/${id}/test`}
        more={[
          {
            name: is_active ? 'Turn it off' : 'Turn it on',
            ota: `webhook update ${id} ${is_active ? '--no-active' : '--active'}`,
            method: 'PATCH',
            path: `${PATH}/${id}`,
            body: { is_active: !is_active },
          },
        ]}
      />
      <Button disabled={test.isPending} onClick={() => test.mutate(webhook)}>
        Send a test
      </Button>
      <Button onClick={() => change.mutate({ webhook, isActive: !is_active })}>
        {is_active ? 'Turn off' : 'Turn on'}
      </Button>
      <Button kind="danger" onClick={onDelete}>
        Delete…
      </Button>
    </li>
  );
}

function NewWebhook() {
  const [url, setUrl] = useState('');
  const [events, setEvents] = useState('rollout, attempt.failed');
  const create = useWebhookCreation();
  const problem = create.error ? asProblem(create.error) : undefined;
  const chosen = events.split(/[\s,]+/).filter((name) => name !== '');
  return (
    <Panel title="New webhook">
      <form
        className="grid gap-4 px-5 pb-5 md:grid-cols-2"
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate({ url, events: chosen });
        }}
      >
        <TextField
          label="Address"
          type="url"
          required
          placeholder="https://example.com/hooks/ota"
          value={url}
          fault={problem?.of('url')}
          onChange={(event) => setUrl(event.target.value)}
        />
        <TextField
          label="Events"
          required
          value={events}
          help="Kinds or types, separated by commas: firmware, rollout, device, attempt, server, audit"
          fault={problem?.of('events')}
          onChange={(event) => setEvents(event.target.value)}
        />
        <div className="flex gap-2">
          <Button type="submit" kind="primary" disabled={create.isPending}>
            Make the webhook
          </Button>
          <AsCommand
            ota={`webhook create ${url === '' ? 'URL' : shellWord(url)} --events ${shellWord(chosen.join(','))}`}
            method="POST"
            path={PATH}
            body={{ url, events: chosen }}
          />
        </div>
      </form>
      {create.data && <ShownOnce name="The secret that signs its messages" secret={create.data.secret} />}
    </Panel>
  );
}
