/** Edits of variables, facts and the design's own fields. */
import { isExpression, mapDesignExpressions, renameIn, substitute } from "../expressions";
import { freshName, graphOf, nodeOf } from "../graph";
import type { Budget, Design, GraphKey, Json, Variable } from "../types";
import { setNode, setParams } from "./nodes";

export function setDesign(
  design: Design,
  args: { set: Partial<Pick<Design, "name" | "description" | "task">> },
): Design {
  return { ...design, ...args.set };
}

/** Sets limits of what the design may cost; null takes one away. */
export function setBudget(design: Design, args: { set: Budget }): Design {
  const budget = Object.fromEntries(Object.entries({ ...design.budget, ...args.set }).filter(([, limit]) => limit != null));
  return { ...design, budget: Object.keys(budget).length ? budget : null };
}

/** The whole document put in place of the present one: an upload, a template, an older version. */
export function replaceDesign(_design: Design, args: { design: Design }): Design {
  return args.design;
}

export function setFact(design: Design, args: { field: string; name: string; value: Json }): Design {
  return { ...design, facts: { ...design.facts, [args.field]: { ...design.facts?.[args.field], [args.name]: args.value } } };
}

export function setVariable(design: Design, args: { name: string; set: Partial<Variable> }): Design {
  const before: Variable = design.variables?.[args.name] ?? { value: 0 };
  return { ...design, variables: { ...design.variables, [args.name]: { ...before, ...args.set } } };
}

/** Groups whose parameter of that name hides the variable inside them. */
const shadowing =
  (design: Design, name: string) =>
  (key: string | null): boolean =>
    key === null || design.groups?.[key]?.params?.[name] === undefined;

export function renameVariable(design: Design, args: { from: string; to: string }): Design {
  const { from, to } = args;
  if (!design.variables?.[from]) return design;
  const change = (expression: string): Json => renameIn(expression, from, to);
  const result = mapDesignExpressions(design, change, shadowing(design, from));
  const variables = Object.fromEntries(
    Object.entries(design.variables).map(([name, variable]) => [
      name === from ? to : name,
      isExpression(variable.when) ? { ...variable, when: change(variable.when) as string } : variable,
    ]),
  );
  return { ...result, variables };
}

/** Takes a variable away; where it was used, its value stands. */
export function removeVariable(design: Design, args: { name: string }): Design {
  const variable = design.variables?.[args.name];
  if (!variable) return design;
  const values = new Map([[args.name, variable.value]]);
  const result = mapDesignExpressions(design, (expression) => substitute(expression, values), shadowing(design, args.name));
  const { [args.name]: _gone, ...variables } = design.variables!;
  return { ...result, variables };
}

/** Makes a param of a node, or of one of its alternatives, a variable of the design that holds its present value. */
export function promoteParam(
  design: Design,
  args: { graph: GraphKey; node: string; alternative?: string; param: string; variable: string; value: Json },
): Design {
  const { param, variable, value, ...where } = args;
  return setParams(setVariable(design, { name: variable, set: { value } }), { ...where, set: { [param]: `=${variable}` } });
}

/** Makes the repeat of a node a variable of the design that holds its present number. */
export function promoteRepeat(design: Design, args: { graph: GraphKey; node: string; variable: string }): Design {
  const repeat = nodeOf(graphOf(design, args.graph), args.node)?.repeat ?? 1;
  const result = setVariable(design, { name: args.variable, set: { value: repeat } });
  return setNode(result, { graph: args.graph, node: args.node, set: { repeat: `=${args.variable}` } });
}

/** A name for a new variable that means nothing else, neither in the design nor in a group. */
export const freshVariable = (design: Design, graph: GraphKey, base: string): string =>
  freshName(base, [...Object.keys(design.variables ?? {}), ...Object.keys((graph !== null && design.groups?.[graph]?.params) || {}), "i", "n", "facts"]);
