// Seven clamped rooms behind slanted walls: gmsh -2 -format msh22 plate.geo
// Lengths in m. Elements grow as h = h_min + 0.45 r away from the free ends of the walls, where w is singular.

SetFactory("OpenCASCADE");
mm = 1e-3;
h_min = 0.2*mm;
h_max = 12*mm;
thick = 4*mm;

Point(1) = {0, 0, 0};
Point(2) = {250*mm, 0, 0};
Point(3) = {250*mm, 140*mm, 0};
Point(4) = {205*mm, 200*mm, 0};
Point(5) = {0, 200*mm, 0};
Line(1) = {1, 2};
Line(2) = {2, 3};
Line(3) = {3, 4};
Line(4) = {4, 5};
Line(5) = {5, 1};
Curve Loop(1) = {1:5};
Plane Surface(1) = {1};

// One row per wall, from end to end; an end inside another wall or outside the plate is no free end.
x0[] = {89, 21, 110, 131, 163.4, 146, 197.5};
y0[] = {21, 113.2, 109.5, 106.4, 167, 16, 36};
x1[] = {66, 80.5, 77.3, 233, 151, 138, 205};
y1[] = {210, 99.8, 112.1, 94.4, 104, 105.5, 97.5};

tips[] = {};
For i In {0 : #x0[] - 1}
  length = Hypot((x1[i] - x0[i])*mm, (y1[i] - y0[i])*mm);
  wall = newreg;
  Rectangle(wall) = {x0[i]*mm, y0[i]*mm - thick/2, 0, length, thick};
  Rotate {{0, 0, 1}, {x0[i]*mm, y0[i]*mm, 0}, Atan2(y1[i] - y0[i], x1[i] - x0[i])} { Surface{wall}; }
  walls[] += wall;
EndFor
plate() = BooleanDifference{ Surface{1}; Delete; }{ Surface{walls[]}; Delete; };

// The two corners of each free end lie thick/2 away from it; around a buried end there is no corner so near.
r = 0.51*thick;
For i In {0 : #x0[] - 1}
  tips[] += Point In BoundingBox{x0[i]*mm - r, y0[i]*mm - r, -mm, x0[i]*mm + r, y0[i]*mm + r, mm};
  tips[] += Point In BoundingBox{x1[i]*mm - r, y1[i]*mm - r, -mm, x1[i]*mm + r, y1[i]*mm + r, mm};
EndFor

Physical Surface("plate") = {plate()};
Physical Curve("edge") = Boundary{ Surface{plate()}; };

Field[1] = Distance;
Field[1].PointsList = {tips[]};
Field[2] = MathEval;
Field[2].F = Sprintf("Min(%g + 0.45*F1, %g)", h_min, h_max);
Background Field = 2;
Mesh.MeshSizeExtendFromBoundary = 0;
Mesh.MeshSizeFromPoints = 0;
Mesh.Algorithm = 6;
