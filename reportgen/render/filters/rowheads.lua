-- The first column of our tables names the row: it heads it, for those who hear the table. Facts
-- and the data of a figure are such tables, and so is one whose caption ends in `{.rg-table}`;
-- others are left as they are. Quarto runs this file as it is, so it stands alone.

local named = { 'rg-table', 'rg-facts' }
local is_html = FORMAT:match('html') or FORMAT:match('revealjs')

local function mark(rows, last, scope)
  for _, row in ipairs(rows) do
    local cells = row.cells
    for position = 1, math.min(last or #cells, #cells) do
      cells[position].attributes.scope = scope
    end
    row.cells = cells
  end
end

local function headed(tbl)
  if is_html then mark(tbl.head.rows, nil, 'col') end
  for _, body in ipairs(tbl.bodies) do
    body.row_head_columns = 1
    if is_html then mark(body.body, 1, 'row') end
  end
  return tbl
end

local function has_named_rows(div)
  for _, class in ipairs(named) do
    if div.classes:includes(class) then return true end
  end
  return div.classes:includes('rg-details') and div.classes:includes('rg-screen-only')
end

function Table(tbl)
  if tbl.classes:includes('rg-table') then return headed(tbl) end
end

function Div(div)
  if has_named_rows(div) then return div:walk { Table = headed } end
end
