import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useDeferredValue, useEffect, useState, type ReactNode } from 'react';
import { asProblem } from '../../api/problem';
import { firmwareListQuery, firmwareQuery } from '../../api/queries/firmware';
import { groupsQuery } from '../../api/queries/groups';
import { useMay } from '../../api/queries/me';
import { rolloutPreviewQuery, useCreateRollout } from '../../api/queries/rollouts';
import { NeedsRole } from '../../shell/needs-role';
import { AsCommand } from '../../ui/as-command';
import { Button } from '../../ui/button';
import { PageHead, Panel } from '../../ui/page';
import { EmptyState, Fault } from '../../ui/states';
import { briefOf, commandOf, EMPTY, requestOf, type Form } from './form';
import { HowFast } from './how-fast';
import { Preview } from './preview';
import { ToWhom } from './to-whom';
import { When } from './when';
import { WhenItStops } from './when-it-stops';

/** While somebody types, nothing is asked. */
const PAUSE_MS = 350;

export default function NewRolloutPage(): ReactNode {
  const may = useMay('operator');
  const { data: releases } = useQuery(firmwareListQuery({ limit: 200 }));
  return (
    <>
      {!may && <PageHead title="New rollout" />}
      <NeedsRole role="operator" what="To make a rollout">
        <NewRollout isEmpty={releases?.total === 0} />
      </NeedsRole>
    </>
  );
}

function NewRollout({ isEmpty }: { readonly isEmpty: boolean }) {
  const search = useSearch({ from: '/rollouts/new' });
  const navigate = useNavigate();
  const [form, setForm] = useState<Form>(() => ({
    ...EMPTY,
    firmwareId: search.release === undefined ? null : Number(search.release),
    target: search.target ?? '',
  }));
  const change = (part: Partial<Form>): void => setForm((before) => ({ ...before, ...part }));
  const { data: list } = useQuery(firmwareListQuery({ limit: 200 }));
  const { data: groups } = useQuery(groupsQuery);
  const listed = list?.rows.find(({ id }) => id === form.firmwareId);
  const { data: asked } = useQuery({
    ...firmwareQuery(form.firmwareId ?? 0),
    enabled: form.firmwareId !== null && !listed,
  });
  const release = listed ?? asked;
  const request = requestOf(form, release?.device_type ?? '');
  const settled = useSettled(useDeferredValue(JSON.stringify(request)));
  const preview = useQuery(rolloutPreviewQuery(JSON.parse(settled) as typeof request));
  const create = useCreateRollout();
  const problem = create.error ? asProblem(create.error) : preview.error ? asProblem(preview.error) : null;

  const { firmwareId, target } = form;
  useEffect(() => {
    const timer = setTimeout(() => {
      void navigate({
        to: '/rollouts/new',
        search: {
          ...(firmwareId !== null && { release: String(firmwareId) }),
          ...(target !== '' && { target }),
        },
        replace: true,
      });
    }, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [firmwareId, target, navigate]);

  const verb = !form.isStarted
    ? 'Make a draft'
    : form.needsApproval
      ? 'Ask for approval'
      : form.startsAt !== ''
        ? 'Schedule the rollout'
        : 'Start the rollout';
  const submit = (): void => {
    if (request === null) return;
    create.mutate(
      { choice: request, isStarted: form.isStarted },
      { onSuccess: ({ id }) => void navigate({ to: '/rollouts/$id', params: { id: String(id) } }) },
    );
  };

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <PageHead title="New rollout">
        {request !== null && (
          <AsCommand
            ota={commandOf(request, form.isStarted)}
            method="POST"
            path="/api/ota/admin/rollouts"
            body={briefOf(request)}
          />
        )}
        <Button type="submit" kind="primary" disabled={request === null || create.isPending}>
          {verb}
        </Button>
      </PageHead>
      <div className="mx-auto grid w-full max-w-[1024px] items-start gap-4 p-4 md:grid-cols-[minmax(0,1fr)_minmax(0,340px)] md:p-6">
        <div className="grid min-w-0 gap-4">
          {isEmpty && (
            <Panel>
              <EmptyState title="There is no release to roll out.">
                Drop an image on the page Releases first, or in a terminal:{' '}
                <code>ota release build/app.bin</code>
              </EmptyState>
            </Panel>
          )}
          {problem && !problem.of('target') && !problem.of('phases') && (
            <Panel>
              <Fault problem={problem} />
            </Panel>
          )}
          <ToWhom
            form={form}
            change={change}
            releases={list?.rows ?? []}
            release={release}
            groups={groups?.rows ?? []}
            fault={problem?.of('target') ?? (problem?.code === 'FILTER_INVALID' ? problem.detail : undefined)}
          />
          <HowFast form={form} change={change} fault={problem?.of('phases')} />
          <WhenItStops form={form} change={change} problem={problem} />
          <When form={form} change={change} problem={problem} />
        </div>
        <div className="grid min-w-0 gap-4 md:sticky md:top-20">
          <Preview
            preview={preview.error ? undefined : preview.data}
            isAsked={request !== null}
            isFault={preview.error !== null}
            release={release}
            command={request && `ota ${commandOf(request, form.isStarted)}`}
          />
        </div>
      </div>
    </form>
  );
}

/** @returns a text as it was when it had not changed for a moment */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
