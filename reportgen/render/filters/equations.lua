-- Displayed formulas with a name, `$$ … $$ {#eq-name}`, become spans, which `floats` numbers.

function Inlines(inlines)
  local changed = false
  for position = #inlines, 1, -1 do
    local word = inlines[position]
    local id = word and word.t == 'Str' and word.text:match('^{#(eq%-[%w_-]+)}$')
    local math = inlines[position - 1]
    local gap = 1
    if math and (math.t == 'Space' or math.t == 'SoftBreak') then
      math, gap = inlines[position - 2], 2
    end
    if id and math and math.t == 'Math' and math.mathtype == 'DisplayMath' then
      for _ = 1, gap do inlines:remove(position - gap + 1) end
      inlines[position - gap] = pandoc.Span({ math }, pandoc.Attr(id, { 'rg-equation' }))
      changed = true
    end
  end
  return changed and inlines or nil
end
