import { useId, type InputHTMLAttributes, type ReactNode, type Ref, type SelectHTMLAttributes } from 'react';
import { classes } from './classes';

export const INPUT_LOOK =
  'h-[34px] w-full rounded border border-field bg-panel px-2.5 text-base text-ink aria-invalid:border-failed';

interface FieldProps {
  readonly label: string;
  /** What the server says against it, verbatim. */
  readonly fault?: string | undefined;
  readonly help?: ReactNode;
}

interface TextFieldProps extends FieldProps, InputHTMLAttributes<HTMLInputElement> {
  readonly ref?: Ref<HTMLInputElement>;
}

/** A line of text with its name above, and what helps or is wrong below. */
export function TextField({ label, fault, help, className, ...rest }: TextFieldProps) {
  return (
    <Field label={label} fault={fault} help={help}>
      {(ids) => <input {...rest} {...ids} className={classes(INPUT_LOOK, className)} />}
    </Field>
  );
}

interface SelectFieldProps extends FieldProps, SelectHTMLAttributes<HTMLSelectElement> {}

/** The browser's own list: the same with a keyboard, on a phone and for a screen reader. */
export function SelectField({ label, fault, help, className, children, ...rest }: SelectFieldProps) {
  return (
    <Field label={label} fault={fault} help={help}>
      {(ids) => (
        <select {...rest} {...ids} className={classes(INPUT_LOOK, 'pr-8', className)}>
          {children}
        </select>
      )}
    </Field>
  );
}

interface ControlIds {
  readonly id: string;
  readonly 'aria-describedby'?: string;
  readonly 'aria-invalid'?: true;
}

/** The frame of a field of any kind. */
export function Field({
  label,
  fault,
  help,
  children,
}: FieldProps & { readonly children: (ids: ControlIds) => ReactNode }) {
  const id = useId();
  const note = fault ?? help;
  return (
    <div>
      <label htmlFor={id} className="mb-1 block text-sm font-medium">
        {label}
      </label>
      {children({
        id,
        ...(note !== undefined && { 'aria-describedby': `${id}-note` }),
        ...(fault !== undefined && { 'aria-invalid': true }),
      })}
      {note !== undefined && (
        <p
          id={`${id}-note`}
          className={classes('mt-1 text-xs', fault === undefined ? 'text-ink-3' : 'text-failed')}
        >
          {note}
        </p>
      )}
    </div>
  );
}
